import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { output } from "../../test/system/program.ts";

/** A binary cache in a folder, with store paths of this machine. */
export interface FilledCache {
  readonly folder: string;
  readonly publicKey: string;
}

const NIX_COMMAND = ["--extra-experimental-features", "nix-command"];

/** Copies the closures of store paths into a new signed cache. xz takes a minute for each half gigabyte. */
export async function fillCache(
  folder: string,
  paths: readonly string[],
  compression: "xz" | "zstd",
): Promise<FilledCache> {
  await mkdir(folder, { recursive: true });
  const [secret, publicHalf] = [join(folder, "key.secret"), join(folder, "key.public")];
  await output("nix-store", ["--generate-binary-cache-key", `bench-${compression}-1`, secret, publicHalf]);
  const target = `file://${folder}?compression=${compression}&parallel-compression=true&secret-key=${secret}`;
  await output("nix", [...NIX_COMMAND, "copy", "--to", target, ...paths]);
  return { folder, publicKey: (await readFile(publicHalf, "utf8")).trim() };
}
