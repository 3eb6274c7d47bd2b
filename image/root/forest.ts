import { type ByteString, byteString, bytesOf, decodeText } from "../tar/byte-string.ts";
import type { TarEntry } from "../tar/tar-entry.ts";
import { ForestBudget } from "./forest-budget.ts";
import { distinctTargets, followLinks, type Child, type Source } from "./link-targets.ts";
import { parentOf } from "./parent-of.ts";
import type { StoreFiles } from "./store-files.ts";

export interface ForestOptions {
  /** Trees to merge, in order of precedence: paths directly below a store. */
  readonly roots: readonly string[];
  readonly files: StoreFiles;
  /** Directories that get more files later, so they cannot be links. Without a slash at the end. */
  readonly reserved: ReadonlySet<string>;
  /** Paths that no tree may bring. What a tree has there is left out, as a clash. */
  readonly excluded?: ReadonlySet<string>;
}

export interface Forest {
  readonly entries: readonly TarEntry[];
  readonly clashes: readonly Clash[];
}

/** A file that the root leaves out, because another package has a file at its path. The texts are for people. */
export interface Clash {
  /** Relative to the root. */
  readonly path: string;
  readonly winner: string;
  readonly loser: string;
}

const DIRECTORY_MODE = 0o755;
/** Programs write below these directories. A link would lead them into the store, where nobody can write. */
const WRITABLE = /^(?:var|run)\//;
/** The folder of Nix's notes on a package. The root does not need them. */
const NOTES = "nix-support";

/**
 * Merges trees into one tree of symbolic links. Directories that several roots bring are merged. Below the top level, a
 * directory that a single root brings is one link, except where programs write. If two roots have a file at the same
 * path, the first root wins. Throws `PackageError` for trees that are too large.
 *
 *     a: bin/x share/a/1        bin/x -> a/bin/x      bin/y -> b/bin/y
 *     b: bin/x bin/y etc/b      share/a -> a/share/a  etc/b -> b/etc/b     (clash: bin/x)
 */
export function buildForest({ roots, files, reserved, excluded = new Set() }: ForestOptions): Forest {
  const found = roots.map((root) => findRoot(root, files));
  // A package that is a single file has no place in the root. A package that links out of the closure is not followed.
  const directories = found.filter(({ isDirectory }) => isDirectory);
  const merge: Merge = {
    real: withDirectoriesAbove(reserved),
    excluded,
    linkedRoots: directories.filter(({ path, target }) => path !== target),
    files,
    budget: new ForestBudget(),
    entries: [],
    clashes: [],
  };
  mergeDirectories(merge, { path: "", directories: directories.map(({ path }) => path), above: [] });
  return { entries: merge.entries, clashes: merge.clashes };
}

function findRoot(root: string, files: StoreFiles): Source {
  const path = byteString(root);
  if (!files.trees.find(path)) throw new Error(`${root} is gone`);
  return followLinks(path, files);
}

interface Merge {
  /** Paths that no tree may bring. */
  readonly excluded: ReadonlySet<ByteString>;
  /** Directories that cannot be links. */
  readonly real: ReadonlySet<ByteString>;
  /** Roots that are links themselves. Their files keep the paths that the links give them. */
  readonly linkedRoots: readonly Source[];
  readonly files: StoreFiles;
  readonly budget: ForestBudget;
  readonly entries: TarEntry[];
  readonly clashes: Clash[];
}

/** A directory of the result, and the directories that its contents come from. */
interface Merged {
  readonly path: ByteString;
  readonly directories: readonly ByteString[];
  /** Directories that were merged above this one. If one of them comes again, links form a circle. */
  readonly above: readonly ByteString[];
}

function mergeDirectories(merge: Merge, { path: parent, directories, above }: Merged): void {
  const passed = [...above, ...directories];
  for (const [name, sources] of childrenOf(merge, directories)) {
    const path = parent === "" ? name : `${parent}/${name}`;
    if (path === NOTES) continue;
    if (merge.excluded.has(path)) leaveOut(merge, path, sources);
    else mergeChild(merge, sources, path, passed);
  }
}

function leaveOut(merge: Merge, path: ByteString, sources: readonly Child[]): void {
  for (const source of sources) addClash(merge, { path, winner: "the image itself", loser: source.path });
}

/** Names in byte order, each with the children of that name, in order of precedence. */
function childrenOf(merge: Merge, directories: readonly ByteString[]): [ByteString, Child[]][] {
  const children = new Map<ByteString, Child[]>();
  for (const directory of directories) {
    for (const { name, isLink, isDirectory } of merge.files.trees.list(behindRootLink(merge, directory))) {
      merge.budget.takeName(directory);
      const child = { path: `${directory}/${name}`, isLink, isDirectory };
      const sources = children.get(name);
      if (sources) sources.push(child);
      else children.set(name, [child]);
    }
  }
  // The default order of texts is byte order, and takes half of the time.
  return [...children.keys()].toSorted().map((name) => [name, children.get(name) ?? []]);
}

function behindRootLink({ linkedRoots }: Merge, directory: ByteString): ByteString {
  const link = linkedRoots.find(({ path }) => directory === path || directory.startsWith(`${path}/`));
  return link ? link.target + directory.slice(link.path.length) : directory;
}

function mergeChild(merge: Merge, sources: readonly Child[], path: ByteString, above: readonly ByteString[]): void {
  const isReserved = merge.real.has(path);
  const found = distinctTargets(sources, merge.files);
  const [winner, ...others] = isReserved ? directoriesFirst(found) : found;
  if (!winner) return;
  for (const other of others) {
    if (!winner.isDirectory || !other.isDirectory) addClash(merge, { path, winner: winner.path, loser: other.path });
  }
  const directories = [winner, ...others].filter(({ isDirectory }) => isDirectory).map(({ target }) => target);
  const isOneLink = directories.length === 1 && path.includes("/") && !WRITABLE.test(path);
  if (!isReserved && (!winner.isDirectory || isOneLink || above.includes(winner.target))) {
    addEntry(merge, { type: "symlink", name: path, target: winner.path }, winner);
    return;
  }
  if (!winner.isDirectory) addClash(merge, { path, winner: "a directory", loser: winner.path });
  addEntry(merge, { type: "directory", name: `${path}/`, mode: DIRECTORY_MODE }, winner);
  mergeDirectories(merge, { path, directories, above });
}

function addEntry({ budget, entries }: Merge, entry: TarEntry, { path }: Source): void {
  budget.takeText(path, entry.name);
  entries.push(entry);
}

function addClash({ budget, clashes }: Merge, { path, winner, loser }: Clash): void {
  budget.takeText(loser, path);
  clashes.push({ path: shown(path), winner: shown(winner), loser: shown(loser) });
}

/** A path as text for people. Bytes that are not UTF-8 are lost. */
function shown(path: ByteString): string {
  return decodeText(bytesOf(path));
}

function directoriesFirst(sources: readonly Source[]): Source[] {
  return sources.toSorted((a, b) => Number(b.isDirectory) - Number(a.isDirectory));
}

function withDirectoriesAbove(directories: Iterable<ByteString>): ReadonlySet<ByteString> {
  const all = new Set<ByteString>();
  for (const directory of directories) {
    for (let path = directory; path !== ""; path = parentOf(path)) all.add(path);
  }
  return all;
}
