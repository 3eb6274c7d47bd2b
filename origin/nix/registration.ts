import { isStorePath, type StorePath } from "../../image/closure/store-path.ts";

/** Each path has five lines before its references: path, hash, size, deriver, and the number of references. */
const HEAD_LINES = 5;
const COUNT = /^\d{1,15}$/;

/** Reads the output of `nix-store --dump-db`: for each path its five lines, then one line for each reference. */
export function parseRegistration(lines: readonly string[]): StorePath[] {
  const paths: StorePath[] = [];
  for (let at = 0; at < lines.length;) {
    const [path = "", , narSize = "", , count = ""] = lines.slice(at, at + HEAD_LINES);
    const references = lines.slice(at + HEAD_LINES, at + HEAD_LINES + Number(count));
    const isWhole = COUNT.test(narSize) && COUNT.test(count) && references.length === Number(count);
    if (!isWhole || ![path, ...references].every(isStorePath))
      throw new Error(`nix-store --dump-db printed something unexpected for ${JSON.stringify(path)}`);
    paths.push({ path, narSize: Number(narSize), references });
    at += HEAD_LINES + references.length;
  }
  return paths;
}
