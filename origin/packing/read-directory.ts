import { lstatSync, opendirSync, readdirSync } from "node:fs";
import { PackageError } from "../../image/closure/package-error.ts";
import { filePath } from "../system/file-path.ts";
import type { DirectoryEntry } from "../../image/root/file-trees.ts";
import { type ByteString, bytesOf, decodeText } from "../../image/tar/byte-string.ts";

interface DirectoryLimits {
  readonly names: number;
  /** Memory of all names: the bytes of each name and `STRING_BYTES`. */
  readonly bytes: number;
}

/** The memory that a string takes beside its characters, about. */
export const STRING_BYTES = 32;
/**
 * The largest directories of packages have some ten thousand names. A thread's memory holds a few directories like
 * this.
 */
export const DIRECTORY_LIMITS: DirectoryLimits = { names: 500_000, bytes: 33_554_432 };

/**
 * A name that begins so means in a layer that a file of a lower layer is removed. No layer can hold such a file:
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#whiteouts
 */
const WHITEOUT = ".wh.";

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

function checkName(directory: ByteString, name: ByteString): ByteString {
  if (!name.startsWith(WHITEOUT)) return name;
  const shown = decodeText(bytesOf(name));
  throw new PackageError(
    directory,
    `has a file that no image can hold, because its name begins with ${WHITEOUT}: ${shown}`,
  );
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
      if (names > limits.names || bytes > limits.bytes)
        throw new PackageError(path, `has a directory with too many names: the limit is ${limits.names}`);
    }
  } finally {
    directory.closeSync();
  }
}
