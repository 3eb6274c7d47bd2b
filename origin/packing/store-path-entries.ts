import { readlinkSync, type Stats } from "node:fs";
import { DuplicateFiles } from "./duplicate-files.ts";
import { DIRECTORY_MODE, fileMode } from "../nars/store-tree.ts";
import type { Pause } from "./pause.ts";
import { isExecutable, specialFileError, walkStorePath } from "./store-path-walk.ts";
import { filePath } from "../system/file-path.ts";
import { type ByteString, byteString } from "../../image/tar/byte-string.ts";
import type { TarEntry } from "../../image/tar/tar-entry.ts";

const PARENT_MODE = 0o755;

/** The directories above all store paths. Each layer has them. A runtime would otherwise choose modes for them. */
export const PARENT_ENTRIES: readonly TarEntry[] = [
  { type: "directory", name: "nix/", mode: PARENT_MODE },
  { type: "directory", name: "nix/store/", mode: PARENT_MODE },
];

/**
 * Lists the tar entries of store paths: each directory before its contents, names sorted by bytes. The modes are those
 * that Nix gives, whatever the file system says. If files of one store path have the same bytes, all but the first are
 * hard links. It makes no difference whether this machine's store holds them as hard links. Throws `PackageError` if no
 * layer can hold a tree. Blocks its thread: synchronous reads are many times as fast for small files. Yields pauses.
 */
export function* storePathEntries(paths: readonly string[]): Generator<TarEntry | Pause> {
  for (const storePath of paths) {
    const duplicates = new DuplicateFiles();
    for (const { path, status } of walkStorePath(byteString(storePath))) yield* entryOf(path, status, duplicates);
  }
}

function* entryOf(path: ByteString, status: Stats, duplicates: DuplicateFiles): Generator<TarEntry | Pause> {
  const name = path.slice(1);
  if (status.isDirectory()) {
    yield { type: "directory", name: `${name}/`, mode: DIRECTORY_MODE };
  } else if (status.isSymbolicLink()) {
    yield { type: "symlink", name, target: readlinkSync(filePath(path), "latin1") };
  } else if (status.isFile()) {
    const mode = fileMode(isExecutable(status));
    const { size } = status;
    const twin = yield* duplicates.find({ path, size, mode });
    if (twin === undefined) yield { type: "file", name, mode, content: { kind: "file", path, size } };
    else yield { type: "hardlink", name, mode, target: twin.slice(1) };
  } else {
    throw specialFileError(path);
  }
}
