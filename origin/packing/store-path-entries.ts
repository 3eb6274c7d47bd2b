import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { DuplicateFiles } from "./duplicate-files.ts";
import { type ByteString, byteString, bytesOf, type TarEntry } from "./tar-entry.ts";

const DIRECTORY_MODE = 0o555;
const FILE_MODE = 0o444;
const EXECUTABLE_MODE = 0o555;
const ANY_EXECUTE_BIT = 0o111;
const PARENT_MODE = 0o755;

/** The directories above every store path, for each layer, so that no runtime makes them up with modes of its own. */
export const PARENT_ENTRIES: readonly TarEntry[] = [
  { type: "directory", name: "nix/", mode: PARENT_MODE },
  { type: "directory", name: "nix/store/", mode: PARENT_MODE },
];

/**
 * The tar entries of store paths: each directory before its contents, names sorted by bytes.
 * Modes are those that Nix gives, whatever the file system says. Of files in one store path that have the same bytes,
 * all but the first are hard links, whether or not they are on this machine, where it depends on how the store is kept.
 * Reads synchronously, which is many times as fast for small files: for threads that may wait.
 */
export function* storePathEntries(paths: readonly string[]): Generator<TarEntry> {
  for (const path of paths) yield* entriesBelow(byteString(path), new DuplicateFiles());
}

function* entriesBelow(path: ByteString, duplicates: DuplicateFiles): Generator<TarEntry> {
  const file = bytesOf(path);
  const status = lstatSync(file);
  const name = path.slice(1);
  if (status.isDirectory()) {
    yield { type: "directory", name: `${name}/`, mode: DIRECTORY_MODE };
    for (const child of readdirSync(file, "latin1").toSorted()) yield* entriesBelow(`${path}/${child}`, duplicates);
  } else if (status.isSymbolicLink()) {
    yield { type: "symlink", name, target: readlinkSync(file, "latin1") };
  } else if (status.isFile()) {
    const mode = (status.mode & ANY_EXECUTE_BIT) === 0 ? FILE_MODE : EXECUTABLE_MODE;
    const { size } = status;
    const twin = duplicates.find({ path, size, mode });
    if (twin === undefined) yield { type: "file", name, mode, content: { kind: "file", path, size } };
    else yield { type: "hardlink", name, mode, target: twin.slice(1) };
  } else {
    throw new Error(`${file.toString()} is neither file, directory nor symbolic link`);
  }
}
