import { mkdir, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { OciError } from "../../protocol/oci-error.ts";
import { CommandError } from "../system/command.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { derivationName } from "./build-failure.ts";
import type { CacheFault } from "../caches/cache-fault.ts";
import { download } from "./download.ts";
import type { NixEvent } from "./nix-event.ts";
import { listed } from "./listed.ts";
import { runNix } from "./run-nix.ts";
import { startStoreSession, type StoreSession } from "./store-session.ts";
import type { StoredPath } from "./stored-path.ts";
import { isStorePath, storePathName } from "../../image/closure/store-path.ts";

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
  /** What to do with binary caches. Undefined if Nix asks none, and only builds. */
  readonly caches?: CacheOptions;
  /** The path of a link. Nix makes the link. While it exists, Nix's garbage collector keeps the closure. */
  readonly gcRoot: string;
  /** Gets Nix's log, in its JSON format. */
  readonly onLog: (line: string) => void;
}

/** How Nix uses binary caches. */
export interface CacheOptions {
  /** Whether Nix may build what no cache has. */
  readonly mayBuild: boolean;
  /** Gets Nix's log while it downloads. */
  readonly onDownload: (event: NixEvent) => void;
  /** Gets a sentence about what Nix builds, and why. */
  readonly onNote: (line: string) => void;
  readonly onFault: (fault: CacheFault) => void;
  /** Runs the downloads. Their time does not count as building. */
  readonly untimed: (work: () => Promise<boolean>) => Promise<boolean>;
}

/** Nix asks no cache, and builds only. */
const ONLY_BUILD = ["--option", "substitute", "false"] as const;
/** If nothing is left to build, then nothing may be built. */
const BUILD_NOTHING = ["--max-jobs", "0", "--option", "builders", ""] as const;

/** Nix's garbage collector may take a path that was there when Nix made its plan. */
const MAX_TRIES = 3;

/**
 * Downloads or builds the paths, and returns their closure. All paths stand behind `--`, so that a package set cannot
 * pass options to Nix. Throws `MANIFEST_UNKNOWN` if Nix gives another path than the evaluation named, `CacheOutage` if a
 * binary cache fails.
 */
export async function realise(installables: readonly Installable[], options: RealiseOptions): Promise<StoredPath[]> {
  const { isolation, signal, gcRoot, onLog } = options;
  const expected = installables.flatMap((installable) => installable.expected ?? []);
  // It starts while Nix downloads.
  using session = await startStoreSession(isolation, signal);
  const held = holdExpected(session, expected);
  const words = installables.map(({ path, output }) => (output === undefined ? path : `${path}!${output}`));
  const links = await withDownloads(words, options, async (limits) => {
    await held;
    const flags = ["--realise", ...limits, "--log-format", "internal-json", "--add-root", gcRoot, "--"];
    return runNix(await isolation.own("nix-store", [...flags, ...words]), signal, onLog);
  });
  const paths = await Promise.all(links.map((link) => readlink(link)));
  checkRealised(installables, paths);
  return await closureOf([...new Set(paths)], { session, expected, ...options });
}

/** Asks in a new session if the first one fails: Nix's daemon may have been started again during a long build. */
async function closureOf(
  paths: readonly string[],
  { session, expected, isolation, signal }: LinkedPaths,
): Promise<StoredPath[]> {
  try {
    return await heldClosure(session, paths);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    using fresh = await startStoreSession(isolation, signal);
    await holdExpected(fresh, expected);
    return await heldClosure(fresh, paths);
  }
}

interface LinkedPaths extends Pick<RealiseOptions, "isolation" | "signal"> {
  readonly session: StoreSession;
  readonly expected: readonly string[];
}

/**
 * A collector that began before the link was made does not see the link. So the session holds the outputs before Nix makes
 * them, and until such a collector knows them (`heldClosure`).
 */
async function holdExpected(session: StoreSession, paths: readonly string[]): Promise<void> {
  await session.hold(paths).catch((error: unknown) => {
    // The session has ended. The next question says so.
    if (!(error instanceof CommandError)) throw error;
  });
}

/**
 * The closure of paths that have links. A collector of this moment learns the paths here, and later ones see the links.
 * Throws Nix's own words for a path that a collector has removed before.
 */
async function heldClosure(session: StoreSession, paths: readonly string[]): Promise<StoredPath[]> {
  const valid = new Set(await session.hold(paths));
  const gone = paths.find((path) => !valid.has(path));
  if (gone !== undefined) throw new CommandError(`path '${gone}' is not valid`);
  return session.closure(paths);
}

/** Downloads first. `build` gets the options for the call that builds the rest. */
async function withDownloads<T>(
  words: readonly string[],
  options: RealiseOptions,
  build: (limits: readonly string[]) => Promise<T>,
): Promise<T> {
  const { isolation, gcRoot, caches } = options;
  const addresses = caches ? await isolation.caches() : [];
  if (!caches || addresses.length === 0) return build(ONLY_BUILD);
  // Nix's garbage collector must leave the inputs of builds alone, too.
  const folder = `${gcRoot}-downloads`;
  for (let tries = 1; ; tries++) {
    await mkdir(folder);
    let isBuilt = true;
    try {
      isBuilt = await caches.untimed(() => downloadInto(folder, words, addresses, { ...options, caches }));
      return await build(isBuilt ? ONLY_BUILD : [...ONLY_BUILD, ...BUILD_NOTHING]);
    } catch (error) {
      if (isBuilt || tries === MAX_TRIES || !(error instanceof CommandError)) throw error;
    } finally {
      await rm(folder, { recursive: true });
    }
  }
}

/** Returns whether something is left to build. */
async function downloadInto(
  folder: string,
  words: readonly string[],
  addresses: readonly string[],
  { isolation, signal, caches }: RealiseOptions & { readonly caches: CacheOptions },
): Promise<boolean> {
  const { mayBuild, onDownload: onEvent, onNote, onFault } = caches;
  const how = { isolation, signal, gcRoot: join(folder, "path"), mayBuild, onEvent, onFault };
  const left = await download(words, addresses, how);
  if (left.length > 0) onNote(`no binary cache has ${listed(left.map(derivationName))}: building here`);
  return left.length > 0;
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
