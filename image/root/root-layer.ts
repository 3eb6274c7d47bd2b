import { byteString } from "../tar/byte-string.ts";
import type { TarEntry } from "../tar/tar-entry.ts";
import { type Accounts, accountsOf } from "./accounts.ts";
import { ADDED_LINKS } from "./added-links.ts";
import { declaredDirectories } from "./declared-directories.ts";
import type { DeclaredLine } from "./declared-lines.ts";
import { buildForest, type Forest } from "./forest.ts";
import { OS_RELEASE } from "./os-release.ts";
import { findInRoots } from "./package-roots.ts";
import { parentOf } from "./parent-of.ts";
import { DIRECTORIES, DIRECTORY_LINKS, OWN_PATHS } from "./skeleton.ts";
import type { StoreFiles } from "./store-files.ts";

const DIRECTORY_MODE = 0o755;
const FILE_MODE = 0o644;

export interface RootLayer extends Forest {
  /** Lines in which packages declare accounts or directories that the image does not have. */
  readonly ignored: readonly DeclaredLine[];
}

/**
 * The layer that makes store paths a usable root: links into the store and a few files. `roots`: in order of
 * precedence, as `packageRoots` gives them.
 */
export function rootLayer(
  roots: readonly string[],
  files: StoreFiles,
  accounts: Accounts = accountsOf(roots, files),
): RootLayer {
  const own = additionalEntries(roots, files, accounts);
  const names = new Set(own.map(({ name }) => name));
  // A package cannot put a directory in the place of the image's own file.
  const directories = declaredDirectories(roots, files, accounts);
  const declared = directories.entries.filter(({ name }) => !names.has(name.slice(0, -1)));
  const additions = [...own, ...declared];
  const reserved = new Set(
    additions.map(({ type, name }) => (type === "directory" ? name.slice(0, -1) : parentOf(name))),
  );
  const { entries, clashes } = buildForest({ roots, files, reserved, excluded: OWN_PATHS });
  return {
    entries: withParents(mergeEntries(entries, additions)),
    clashes: [...accounts.clashes, ...clashes],
    ignored: [...accounts.ignored, ...directories.ignored],
  };
}

function additionalEntries(roots: readonly string[], files: StoreFiles, accounts: Accounts): TarEntry[] {
  const entries: TarEntry[] = [];
  for (const [name, mode] of Object.entries(DIRECTORIES)) entries.push({ type: "directory", name: `${name}/`, mode });
  for (const [name, target] of Object.entries(DIRECTORY_LINKS)) entries.push({ type: "symlink", name, target });
  for (const [name, candidates] of Object.entries(ADDED_LINKS)) {
    const target = findFirst(roots, candidates, files);
    if (target !== undefined) entries.push({ type: "symlink", name, target: byteString(target) });
  }
  for (const [name, text] of Object.entries({ ...accounts.files, "etc/os-release": OS_RELEASE })) {
    const bytes = new TextEncoder().encode(text);
    entries.push({ type: "file", name, mode: FILE_MODE, content: { kind: "bytes", bytes } });
  }
  return entries;
}

function findFirst(roots: readonly string[], candidates: readonly string[], files: StoreFiles): string | undefined {
  for (const candidate of candidates) {
    const found = findInRoots(roots, candidate, files);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * An addition never replaces a file of a package. It can change only the mode of a directory. The first of two additions
 * of one name wins: a link wins over a file.
 */
function mergeEntries(forest: readonly TarEntry[], additions: readonly TarEntry[]): Map<string, TarEntry> {
  const entries = new Map(forest.map((entry) => [entry.name, entry]));
  for (const entry of additions) {
    const isTaken = entries.has(entry.name) || entries.has(`${entry.name}/`);
    if (entry.type === "directory" || !isTaken) entries.set(entry.name, entry);
  }
  return entries;
}

/** Adds missing parent directories, and sorts each directory before its contents. */
function withParents(entries: Map<string, TarEntry>): TarEntry[] {
  const seen = new Set<string>();
  for (const name of entries.keys()) {
    for (let parent = parentOf(name); parent !== "" && !seen.has(parent); parent = parentOf(parent)) {
      seen.add(parent);
      const directory = `${parent}/`;
      if (!entries.has(directory)) entries.set(directory, { type: "directory", name: directory, mode: DIRECTORY_MODE });
    }
  }
  // The default order is that of `compareText`, and takes half of the time.
  return [...entries.keys()].toSorted().flatMap((name) => entries.get(name) ?? []);
}
