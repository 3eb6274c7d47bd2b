import { lstatSync, type Stats } from "node:fs";
import type { ByteString } from "../../image/tar/byte-string.ts";
import { hasCode } from "../system/error-code.ts";
import { filePath } from "../system/file-path.ts";
import { DIRECTORY_LIMITS, pathTooLong, STRING_BYTES, tooManyNestedNames } from "../nars/store-tree.ts";
import { readNames } from "./read-directory.ts";

/** A file, directory or link of a store path. */
export interface WalkedFile {
  /** Absolute. */
  readonly path: ByteString;
  /** From `lstat`. */
  readonly status: Stats;
}

const ANY_EXECUTE_BIT = 0o111;

export function isExecutable({ mode }: Stats): boolean {
  return (mode & ANY_EXECUTE_BIT) !== 0;
}

/** Nix never stores a special file. Something else has put it there. */
export function specialFileError(path: ByteString): Error {
  return new Error(`${filePath(path).toString()} is not a file, directory or symbolic link`);
}

/** A directory on the way to the current entry. */
interface Level {
  readonly directory: ByteString;
  readonly names: readonly ByteString[];
  readonly bytes: number;
  next: number;
}

/**
 * Lists the files of a store path: each directory before its contents, names sorted by bytes. Follows no link. Throws
 * `PackageError` if no layer can hold the tree. Blocks its thread. Uses no recursion, because a tree may be two thousand
 * directories deep.
 */
export function* walkStorePath(storePath: ByteString): Generator<WalkedFile> {
  const levels: Level[] = [];
  /** The bytes of the names of all open levels. Too high until the next sum, because closed levels still count. */
  let bytes = 0;
  for (let path: ByteString | undefined = storePath; path !== undefined; path = nextPath(levels)) {
    const status = statusOf(path, storePath);
    yield { path, status };
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
