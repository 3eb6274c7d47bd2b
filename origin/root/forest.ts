import { readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TarEntry } from "../packing/tar-entry.ts";

export interface ForestOptions {
  /** Trees to merge, in order of precedence: paths right below a store. */
  readonly roots: readonly string[];
  /** Directories that other files will be put into, so that they cannot be links; without slashes at the ends. */
  readonly reserved: ReadonlySet<string>;
}

export interface Forest {
  readonly entries: readonly TarEntry[];
  readonly clashes: readonly Clash[];
}

/** A file that is not where its package has it, because another package has one there. */
export interface Clash {
  /** Relative to the root. */
  readonly path: string;
  readonly winner: string;
  readonly loser: string;
}

const DIRECTORY_MODE = 0o755;
/** Programs write below these: a link into the store would lead them where nothing may be written. */
const WRITABLE = /^(?:var|run)\//;
/** Nix's notes on a package, not part of its files. */
const EXCLUDED = "nix-support";

/**
 * Merges trees into one of symbolic links. Directories that several roots bring are merged; below the top
 * level, one that a single root brings is one link, except where programs write. Of two files at one place
 * the first root's stays. Reads synchronously: for threads that may wait.
 *
 *     a: bin/x share/a/1        bin/x -> a/bin/x      bin/y -> b/bin/y
 *     b: bin/x bin/y etc/b      share/a -> a/share/a  etc/b -> b/etc/b     (clash: bin/x)
 */
export function buildForest(options: ForestOptions): Forest {
  const entries: TarEntry[] = [];
  const clashes: Clash[] = [];
  const stores = new Set(options.roots.map((root) => dirname(root)));
  // A package may be a single file, which has no place in the root.
  const directories = options.roots.filter((root) => statSync(root).isDirectory());
  mergeDirectories({ ...options, stores, entries, clashes }, { path: "", directories, above: [] });
  return { entries, clashes };
}

interface Merge extends ForestOptions {
  /** A link that leads out of these leads to other things on other machines. */
  readonly stores: ReadonlySet<string>;
  readonly entries: TarEntry[];
  readonly clashes: Clash[];
}

/** A directory to be, and those that its contents come from. */
interface Merged {
  readonly path: string;
  readonly directories: readonly string[];
  /** What was merged on the way down to here: whoever comes by again is in a circle of links. */
  readonly above: readonly string[];
}

function mergeDirectories(merge: Merge, { path: parent, directories, above }: Merged): void {
  for (const [name, sources] of childrenOf(directories)) {
    const path = parent === "" ? name : `${parent}/${name}`;
    if (path !== EXCLUDED) mergeChild(merge, sources, path, [...above, ...directories]);
  }
}

/** Something that is there, before its links are followed. */
interface Child {
  readonly path: string;
  readonly isLink: boolean;
  readonly isDirectory: boolean;
}

/** Names in byte order, each with what has it, in order of precedence. */
function childrenOf(directories: readonly string[]): [string, Child[]][] {
  const children = new Map<string, Child[]>();
  for (const entry of directories.flatMap((directory) => readdirSync(directory, { withFileTypes: true }))) {
    const path = join(entry.parentPath, entry.name);
    const child = { path, isLink: entry.isSymbolicLink(), isDirectory: entry.isDirectory() };
    const sources = children.get(entry.name);
    if (sources) sources.push(child);
    else children.set(entry.name, [child]);
  }
  return [...children].toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function mergeChild(merge: Merge, sources: readonly Child[], path: string, above: readonly string[]): void {
  const isReserved = mustBeReal(merge.reserved, path);
  const found = distinctTargets(sources, merge.stores);
  const [winner, ...others] = isReserved ? directoriesFirst(found) : found;
  if (!winner) return;
  for (const other of others) {
    if (!winner.isDirectory || !other.isDirectory) merge.clashes.push({ path, winner: winner.path, loser: other.path });
  }
  const directories = [winner, ...others].filter(({ isDirectory }) => isDirectory).map(({ target }) => target);
  const isOneLink = directories.length === 1 && path.includes("/") && !WRITABLE.test(path);
  if (!isReserved && (!winner.isDirectory || isOneLink || above.includes(winner.target))) {
    merge.entries.push({ type: "symlink", name: path, target: winner.path });
    return;
  }
  if (!winner.isDirectory) merge.clashes.push({ path, winner: "a directory", loser: winner.path });
  merge.entries.push({ type: "directory", name: `${path}/`, mode: DIRECTORY_MODE });
  mergeDirectories(merge, { path, directories, above });
}

function directoriesFirst(sources: readonly Source[]): Source[] {
  return sources.toSorted((a, b) => Number(b.isDirectory) - Number(a.isDirectory));
}

function mustBeReal(reserved: ReadonlySet<string>, path: string): boolean {
  return [...reserved].some((directory) => directory === path || directory.startsWith(`${path}/`));
}

interface Source {
  readonly path: string;
  /** What it is after all links, or itself when it leads nowhere or out of the store. */
  readonly target: string;
  readonly isDirectory: boolean;
}

/** Several packages may link to one and the same file; that is no clash. */
function distinctTargets(children: readonly Child[], stores: ReadonlySet<string>): Source[] {
  const distinct = new Map<string, Source>();
  for (const { path, isLink, isDirectory } of children) {
    // Its directory is where links have led already: only the last step can be one.
    const source = isLink ? followLinks(path, stores) : { path, target: path, isDirectory };
    if (!distinct.has(source.target)) distinct.set(source.target, source);
  }
  return [...distinct.values()];
}

function followLinks(path: string, stores: ReadonlySet<string>): Source {
  // A link that leads nowhere here may lead somewhere in the image: it is kept as a file.
  const kept = { path, target: path, isDirectory: false };
  try {
    const target = realpathSync.native(path);
    const isInStore = [...stores].some((store) => target.startsWith(`${store}/`));
    return isInStore ? { path, target, isDirectory: statSync(target).isDirectory() } : kept;
  } catch {
    return kept;
  }
}
