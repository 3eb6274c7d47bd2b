import { readlink } from "node:fs/promises";
import { OciError } from "../../protocol/oci-error.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { parseRegistration } from "./registration.ts";
import { runNix } from "./run-nix.ts";
import { isStorePath, storePathName, type StorePath } from "../../image/closure/store-path.ts";

/** Something to build or download: an output of a derivation, or a store path that is there. */
export interface Installable {
  readonly path: string;
  readonly output: string | undefined;
  /** The store path that it must give, where evaluation has named it. */
  readonly expected: string | undefined;
}

interface RealiseOptions {
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
  /** A link to make: while it is there, Nix's garbage collector leaves the closure alone. */
  readonly gcRoot: string;
  /** Gets Nix's log, in its JSON format. */
  readonly onLog: (line: string) => void;
}

/** Arguments of one call are 2 MB at most; a store path has up to 255 bytes. */
const MAX_PATHS_A_CALL = 4000;

/**
 * Builds or downloads, and tells the closure. Each word of the call is one argument behind `--`, so that nothing of a
 * package set is an option. Throws `MANIFEST_UNKNOWN` where Nix gives another path than evaluation has named.
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

/** What a package says of itself and what its derivation gives must be one and the same. */
function checkRealised(installables: readonly Installable[], paths: readonly string[]): void {
  if (paths.length !== installables.length || !paths.every(isStorePath))
    throw new Error(`nix-store --realise gave ${paths.length} paths for ${installables.length}`);
  installables.forEach(({ expected }, index) => {
    const path = paths[index] ?? "";
    if (expected === undefined || expected === path) return;
    const message = `the package set calls a package ${storePathName(expected)}, and its derivation gives ${storePathName(path)}`;
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
