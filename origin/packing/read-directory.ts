import { lstatSync, opendirSync, readdirSync } from "node:fs";
import { DIRECTORY_LIMITS, type DirectoryLimits, STRING_BYTES, tooManyNames } from "../nars/store-tree.ts";
import { filePath } from "../system/file-path.ts";
import type { DirectoryEntry } from "../../image/root/file-trees.ts";
import { checkName } from "../../image/root/whiteouts.ts";
import type { ByteString } from "../../image/tar/byte-string.ts";

/** Throws `PackageError` if the directory has too many names, or a name that no layer can hold. */
export function readDirectory(path: ByteString): DirectoryEntry[] {
  const directory = filePath(path);
  checkSize(path, lstatSync(directory).size, DIRECTORY_LIMITS);
  // Names are read as bytes. As UTF-8, two invalid names could become the same string.
  return readdirSync(directory, { withFileTypes: true, encoding: "buffer" }).map((entry) => ({
    name: checkName(path, entry.name.toString("latin1")),
    isLink: entry.isSymbolicLink(),
    isDirectory: entry.isDirectory(),
  }));
}

/**
 * The names in byte order. `size` is the size of the directory itself, from `lstat`. Throws `PackageError` as
 * `readDirectory` does.
 */
export function readNames(path: ByteString, size: number, limits = DIRECTORY_LIMITS): ByteString[] {
  checkSize(path, size, limits);
  return readdirSync(filePath(path), "latin1")
    .map((name) => checkName(path, name))
    .toSorted();
}

/** Counts the names one by one, in constant memory, if the directory may have too many. */
function checkSize(path: ByteString, size: number, limits: DirectoryLimits): void {
  // A file system needs at least one byte for a name.
  if (size < limits.names) return;
  let names = 0;
  let bytes = 0;
  const directory = opendirSync(filePath(path), { bufferSize: 1024 });
  try {
    for (let entry = directory.readSync(); entry; entry = directory.readSync()) {
      names += 1;
      bytes += entry.name.length + STRING_BYTES;
      if (names > limits.names || bytes > limits.bytes) throw tooManyNames(path, limits);
    }
  } finally {
    directory.closeSync();
  }
}
