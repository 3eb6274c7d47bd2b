import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { hasCode } from "../system/error-code.ts";
import { DuplicateFiles } from "./duplicate-files.ts";
import {
  DIRECTORY_LIMITS,
  DIRECTORY_MODE,
  fileMode,
  pathTooLong,
  STRING_BYTES,
  tooManyNestedNames,
} from "../nars/store-tree.ts";
import type { Pause } from "./pause.ts";
import { readNames } from "./read-directory.ts";
import { filePath } from "../system/file-path.ts";
import { type ByteString, byteString } from "../../image/tar/byte-string.ts";
import type { TarEntry } from "../../image/tar/tar-entry.ts";

const ANY_EXECUTE_BIT = 0o111;
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
  for (const path of paths) yield* entriesBelow(byteString(path));
}

/** A directory on the way to the current entry. */
interface Level {
  readonly directory: ByteString;
  readonly names: readonly ByteString[];
  readonly bytes: number;
  next: number;
}

/** Uses no recursion, because a tree may be two thousand directories deep. */
function* entriesBelow(storePath: ByteString): Generator<TarEntry | Pause> {
  const duplicates = new DuplicateFiles();
  const levels: Level[] = [];
  /** The bytes of the names of all open levels. Too high until the next sum, because closed levels still count. */
  let bytes = 0;
  for (let path: ByteString | undefined = storePath; path !== undefined; path = nextPath(levels)) {
    const status = statusOf(path, storePath);
    yield* entryOf(path, status, duplicates);
    if (!status.isDirectory()) continue;
    const names = readNames(path, status.size);
    const level = { directory: path, names, bytes: bytesOfNames(names), next: 0 };
    levels.push(level);
    bytes += level.bytes;
    if (bytes <= DIRECTORY_LIMITS.bytes) continue;
    bytes = levels.reduce((sum, other) => sum + other.bytes, 0);
    if (bytes > DIRECTORY_LIMITS.bytes) throw tooManyNestedNames(storePath);
  }
}

function nextPath(levels: Level[]): ByteString | undefined {
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    const name = level.names[level.next];
    level.next += 1;
    if (name !== undefined) return `${level.directory}/${name}`;
    levels.pop();
  }
  return undefined;
}

function bytesOfNames(names: readonly ByteString[]): number {
  let bytes = 0;
  for (const name of names) bytes += name.length + STRING_BYTES;
  return bytes;
}

function statusOf(path: ByteString, storePath: ByteString): Stats {
  try {
    return lstatSync(filePath(path));
  } catch (error) {
    if (!hasCode(error, "ENAMETOOLONG")) throw error;
    throw pathTooLong(storePath);
  }
}

function* entryOf(path: ByteString, status: Stats, duplicates: DuplicateFiles): Generator<TarEntry | Pause> {
  const name = path.slice(1);
  if (status.isDirectory()) {
    yield { type: "directory", name: `${name}/`, mode: DIRECTORY_MODE };
  } else if (status.isSymbolicLink()) {
    yield { type: "symlink", name, target: readlinkSync(filePath(path), "latin1") };
  } else if (status.isFile()) {
    const mode = fileMode((status.mode & ANY_EXECUTE_BIT) !== 0);
    const { size } = status;
    const twin = yield* duplicates.find({ path, size, mode });
    if (twin === undefined) yield { type: "file", name, mode, content: { kind: "file", path, size } };
    else yield { type: "hardlink", name, mode, target: twin.slice(1) };
  } else {
    // Nix never stores a special file. Something else has put it there.
    throw new Error(`${filePath(path).toString()} is not a file, directory or symbolic link`);
  }
}
