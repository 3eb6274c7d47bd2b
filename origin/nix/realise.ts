import { readlink } from "node:fs/promises";
import { OciError } from "../../protocol/oci-error.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { parseRegistration } from "./registration.ts";
import { runNix } from "./run-nix.ts";
import { isStorePath, storePathName, type StorePath } from "../../image/closure/store-path.ts";

/** A path to build or download: an output of a derivation, or a store path without one. */
export interface Installable {
  readonly path: string;
  readonly output: string | undefined;
  /** The store path that Nix must give. Undefined if the evaluation did not name it. */
  readonly expected: string | undefined;
}

interface RealiseOptions {
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
  /** The path of a link. Nix makes the link. While it exists, Nix's garbage collector keeps the closure. */
  readonly gcRoot: string;
  /** Gets Nix's log, in its JSON format. */
  readonly onLog: (line: string) => void;
}

/** Linux allows 2 MB of arguments for one call. A store path has up to 255 bytes. */
const MAX_PATHS_A_CALL = 4000;

/**
 * Builds or downloads the paths, and returns their closure. All paths stand behind `--`, so that a package set cannot
 * pass options to Nix. Throws `MANIFEST_UNKNOWN` if Nix gives another path than the evaluation named.
 */
export async function realise(installables: readonly Installable[], options: RealiseOptions): Promise<StorePath[]> {
  const { isolation, signal, gcRoot, onLog } = options;
  const words = installables.map(({ path, output }) => (output === undefined ? path : `${path}!${output}`));
  const flags = ["--realise", "--log-format", "internal-json", "--add-root", gcRoot, "--"];
  const links = await runNix(await isolation.own("nix-store", [...flags, ...words]), signal, onLog);
  const paths = await Promise.all(links.map((link) => readlink(link)));
  checkRealised(installables, paths);
  const query = await isolation.own("nix-store", ["--query", "--requisites", "--", ...new Set(paths)]);
  return describePaths(await runNix(query, signal), options);
}

/** The path that a package claims must be the path that its derivation gives. */
function checkRealised(installables: readonly Installable[], paths: readonly string[]): void {
  if (paths.length !== installables.length || !paths.every(isStorePath))
    throw new Error(`nix-store --realise gave ${paths.length} paths for ${installables.length}`);
  installables.forEach(({ expected }, index) => {
    const path = paths[index] ?? "";
    if (expected === undefined || expected === path) return;
    const message = `a package claims to be ${storePathName(expected)}, but its derivation gives ${storePathName(path)}`;
    throw new OciError("MANIFEST_UNKNOWN", message);
  });
}

async function describePaths(paths: readonly string[], { isolation, signal }: RealiseOptions): Promise<StorePath[]> {
  const described: StorePath[] = [];
  for (let start = 0; start < paths.length; start += MAX_PATHS_A_CALL) {
    const part = paths.slice(start, start + MAX_PATHS_A_CALL);
    const dump = await isolation.own("nix-store", ["--dump-db", "--", ...part]);
    described.push(...parseRegistration(await runNix(dump, signal)));
  }
  return described;
}
