import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { TarEntry } from "../packing/tar-entry.ts";

export interface ForestOptions {
  /** Trees to merge, in order of precedence: paths right below a store. */
  readonly roots: readonly string[];
  /** Directories that other files will be put into, so that they cannot be links; without slashes at the ends. */
  readonly reserved: ReadonlySet<string>;
  /** Told about each file that another one hides. */
  readonly onClash: (path: string, winner: string, loser: string) => void;
}

const DIRECTORY_MODE = 0o755;
/** Programs write below these: a link into the store would lead them where nothing may be written. */
const WRITABLE = /^(?:var|run)\//;
/** Nix's notes on a package, not part of its files. */
const EXCLUDED = "nix-support";

/**
 * Merges trees into one of symbolic links. Directories that several roots bring are merged; below the top
 * level, one that a single root brings is one link, except where programs write. Of two files at one place
 * the first root's stays.
 *
 *     a: bin/x share/a/1        bin/x -> a/bin/x      bin/y -> b/bin/y
 *     b: bin/x bin/y etc/b      share/a -> a/share/a  etc/b -> b/etc/b     (clash: bin/x)
 */
export async function buildForest(options: ForestOptions): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  const stores = new Set(options.roots.map((root) => dirname(root)));
  const directories: string[] = [];
  // A package may be a single file, which has no place in the root.
  for (const root of options.roots) if ((await stat(root)).isDirectory()) directories.push(root);
  await mergeDirectories({ ...options, stores, entries }, { path: "", directories, above: [] });
  return entries;
}

interface Merge extends ForestOptions {
  /** A link that leads out of these leads to other things on other machines. */
  readonly stores: ReadonlySet<string>;
  readonly entries: TarEntry[];
}

/** A directory to be, and those that its contents come from. */
interface Merged {
  readonly path: string;
  readonly directories: readonly string[];
  /** What was merged on the way down to here: whoever comes by again is in a circle of links. */
  readonly above: readonly string[];
}

async function mergeDirectories(merge: Merge, { path: parent, directories, above }: Merged): Promise<void> {
  for (const [name, sources] of await childrenOf(directories)) {
    const path = parent === "" ? name : `${parent}/${name}`;
    if (path !== EXCLUDED) await mergeChild(merge, sources, path, [...above, ...directories]);
  }
}

/** Something that is there, before its links are followed. */
interface Child {
  readonly path: string;
  readonly isLink: boolean;
  readonly isDirectory: boolean;
}

/** Names in byte order, each with what has it, in order of precedence. */
async function childrenOf(directories: readonly string[]): Promise<[string, Child[]][]> {
  const children = new Map<string, Child[]>();
  const listings = await Promise.all(directories.map((directory) => readdir(directory, { withFileTypes: true })));
  for (const entry of listings.flat()) {
    const path = join(entry.parentPath, entry.name);
    const child = { path, isLink: entry.isSymbolicLink(), isDirectory: entry.isDirectory() };
    const sources = children.get(entry.name);
    if (sources) sources.push(child);
    else children.set(entry.name, [child]);
  }
  return [...children].toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

async function mergeChild(
  merge: Merge,
  sources: readonly Child[],
  path: string,
  above: readonly string[],
): Promise<void> {
  const isReserved = mustBeReal(merge.reserved, path);
  const found = await distinctTargets(sources, merge.stores);
  const [winner, ...others] = isReserved ? directoriesFirst(found) : found;
  if (!winner) return;
  for (const other of others) {
    if (!winner.isDirectory || !other.isDirectory) merge.onClash(path, winner.path, other.path);
  }
  const directories = [winner, ...others].filter(({ isDirectory }) => isDirectory).map(({ target }) => target);
  const isOneLink = directories.length === 1 && path.includes("/") && !WRITABLE.test(path);
  if (!isReserved && (!winner.isDirectory || isOneLink || above.includes(winner.target))) {
    merge.entries.push({ type: "symlink", name: path, target: winner.path });
    return;
  }
  if (!winner.isDirectory) merge.onClash(path, "a directory", winner.path);
  merge.entries.push({ type: "directory", name: `${path}/`, mode: DIRECTORY_MODE });
  await mergeDirectories(merge, { path, directories, above });
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
async function distinctTargets(children: readonly Child[], stores: ReadonlySet<string>): Promise<Source[]> {
  const distinct = new Map<string, Source>();
  for (const { path, isLink, isDirectory } of children) {
    // Its directory is where links have led already: only the last step can be one.
    const source = isLink ? await followLinks(path, stores) : { path, target: path, isDirectory };
    if (!distinct.has(source.target)) distinct.set(source.target, source);
  }
  return [...distinct.values()];
}

async function followLinks(path: string, stores: ReadonlySet<string>): Promise<Source> {
  // A link that leads nowhere here may lead somewhere in the image: it is kept as a file.
  const kept = { path, target: path, isDirectory: false };
  try {
    const target = await realpath(path);
    const isInStore = [...stores].some((store) => target.startsWith(`${store}/`));
    return isInStore ? { path, target, isDirectory: (await stat(target)).isDirectory() } : kept;
  } catch {
    return kept;
  }
}
