import { lstatSync } from "node:fs";
import { compareText } from "../../protocol/compare-text.ts";
import { readDirectory } from "../../origin/packing/read-directory.ts";
import { type ByteString, byteString, bytesOf, type TarEntry } from "../tar/tar-entry.ts";
import { ForestBudget } from "./forest-budget.ts";
import { StoreFiles } from "../../origin/root/store-files.ts";

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

/** A file that is not where its package has it, because another package has one there; texts for people. */
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
 * the first root's stays. Throws `PackageError` for trees that are too large. Reads synchronously: for threads that
 * may wait.
 *
 *     a: bin/x share/a/1        bin/x -> a/bin/x      bin/y -> b/bin/y
 *     b: bin/x bin/y etc/b      share/a -> a/share/a  etc/b -> b/etc/b     (clash: bin/x)
 */
export function buildForest({ roots, reserved }: ForestOptions): Forest {
  const files = new StoreFiles(roots);
  const merge = { reserved, files, budget: new ForestBudget(), entries: [], clashes: [] };
  const trees = roots.map((root) => byteString(root));
  for (const tree of trees) lstatSync(bytesOf(tree));
  // A package may be a single file, which has no place in the root, or a link out of the store, which nobody follows.
  const directories = trees.filter((tree) => files.find(tree)?.status.isDirectory());
  mergeDirectories(merge, { path: "", directories, above: [] });
  return { entries: merge.entries, clashes: merge.clashes };
}

interface Merge {
  readonly reserved: ReadonlySet<string>;
  readonly files: StoreFiles;
  readonly budget: ForestBudget;
  readonly entries: TarEntry[];
  readonly clashes: Clash[];
}

/** A directory to be, and those that its contents come from. */
interface Merged {
  readonly path: ByteString;
  readonly directories: readonly ByteString[];
  /** What was merged on the way down to here: whoever comes by again is in a circle of links. */
  readonly above: readonly ByteString[];
}

function mergeDirectories(merge: Merge, { path: parent, directories, above }: Merged): void {
  for (const [name, sources] of childrenOf(merge, directories)) {
    const path = parent === "" ? name : `${parent}/${name}`;
    if (path !== EXCLUDED) mergeChild(merge, sources, path, [...above, ...directories]);
  }
}

/** Something that is there, before its links are followed. */
interface Child {
  readonly path: ByteString;
  readonly isLink: boolean;
  readonly isDirectory: boolean;
}

/** Names in byte order, each with what has it, in order of precedence. */
function childrenOf({ budget }: Merge, directories: readonly ByteString[]): [ByteString, Child[]][] {
  const children = new Map<ByteString, Child[]>();
  for (const directory of directories) {
    for (const { name, isLink, isDirectory } of readDirectory(directory)) {
      budget.takeName(directory);
      const child = { path: `${directory}/${name}`, isLink, isDirectory };
      const sources = children.get(name);
      if (sources) sources.push(child);
      else children.set(name, [child]);
    }
  }
  return [...children].toSorted(([a], [b]) => compareText(a, b));
}

function mergeChild(merge: Merge, sources: readonly Child[], path: ByteString, above: readonly ByteString[]): void {
  const isReserved = mustBeReal(merge.reserved, path);
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

/** For people: bytes that are no UTF-8 are lost. */
function shown(path: ByteString): string {
  return bytesOf(path).toString();
}

function directoriesFirst(sources: readonly Source[]): Source[] {
  return sources.toSorted((a, b) => Number(b.isDirectory) - Number(a.isDirectory));
}

function mustBeReal(reserved: ReadonlySet<string>, path: ByteString): boolean {
  return [...reserved].some((directory) => directory === path || directory.startsWith(`${path}/`));
}

interface Source {
  readonly path: ByteString;
  /** What it is after all links, or itself when it leads nowhere or out of the store. */
  readonly target: ByteString;
  readonly isDirectory: boolean;
}

/** Several packages may link to one and the same file; that is no clash. */
function distinctTargets(children: readonly Child[], files: StoreFiles): Source[] {
  const distinct = new Map<ByteString, Source>();
  for (const { path, isLink, isDirectory } of children) {
    // Its directory is where links have led already: only the last step can be one.
    const source = isLink ? followLinks(path, files) : { path, target: path, isDirectory };
    if (!distinct.has(source.target)) distinct.set(source.target, source);
  }
  return [...distinct.values()];
}

function followLinks(path: ByteString, files: StoreFiles): Source {
  const found = files.find(path);
  // A link that leads nowhere here may lead somewhere in the image: it is kept as a file.
  if (!found) return { path, target: path, isDirectory: false };
  return { path, target: found.path, isDirectory: found.status.isDirectory() };
}
