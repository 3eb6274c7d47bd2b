import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { LayerGroup } from "./group-layers.ts";
import type { TarEntry } from "./tar-entry.ts";

const DIRECTORY_MODE = 0o555;
const FILE_MODE = 0o444;
const EXECUTABLE_MODE = 0o555;
const ANY_EXECUTE_BIT = 0o111;
const PARENT_MODE = 0o755;

/** The directories above every store path, so that no runtime makes them up with modes of its own. */
const PARENTS: readonly TarEntry[] = [
  { type: "directory", name: "nix/", mode: PARENT_MODE },
  { type: "directory", name: "nix/store/", mode: PARENT_MODE },
];

/**
 * The tar entries of a layer's store paths: each directory before its contents, names sorted by bytes.
 * Modes are those that Nix gives, whatever the file system says; hard links become separate files.
 */
export async function* storePathEntries(group: LayerGroup): AsyncGenerator<TarEntry> {
  yield* PARENTS;
  for (const { path } of group) yield* entriesBelow(path);
}

async function* entriesBelow(path: string): AsyncGenerator<TarEntry> {
  const status = await lstat(path);
  const name = path.slice(1);
  if (status.isDirectory()) {
    yield { type: "directory", name: `${name}/`, mode: DIRECTORY_MODE };
    for (const child of await sortedNames(path)) yield* entriesBelow(join(path, child));
  } else if (status.isSymbolicLink()) {
    yield { type: "symlink", name, target: await readlink(path) };
  } else if (status.isFile()) {
    const mode = (status.mode & ANY_EXECUTE_BIT) === 0 ? FILE_MODE : EXECUTABLE_MODE;
    yield { type: "file", name, mode, content: { kind: "file", path, size: status.size } };
  } else {
    throw new Error(`${path} is neither file, directory nor symbolic link`);
  }
}

/** By bytes, not by code units, which order characters beyond the basic plane differently. */
async function sortedNames(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  return names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
