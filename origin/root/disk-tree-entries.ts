import { readlinkSync } from "node:fs";
import { type ByteString, byteString } from "../../image/tar/byte-string.ts";
import { keepsBytes, type TreeEntry } from "../../image/trees/tree-entry.ts";
import { isExecutable, specialFileError, type WalkedFile, walkStorePath } from "../packing/store-path-walk.ts";
import { filePath } from "../system/file-path.ts";
import { DISK_TREES } from "./disk-trees.ts";

/**
 * The entries of a store path on this machine, in the order of the tar. Throws `PackageError` as `storePathEntries` does.
 * Blocks its thread.
 */
export function* diskTreeEntries(storePath: string): Generator<TreeEntry> {
  const top = byteString(storePath);
  for (const file of walkStorePath(top)) yield entryOf(file, file.path.slice(top.length + 1));
}

function entryOf({ path: file, status }: WalkedFile, path: ByteString): TreeEntry {
  if (status.isDirectory()) return { kind: "directory", path };
  if (status.isSymbolicLink()) return { kind: "symlink", path, target: readlinkSync(filePath(file), "latin1") };
  if (!status.isFile()) throw specialFileError(file);
  const { size } = status;
  const bytes = keepsBytes(path, size) ? DISK_TREES.read(file) : undefined;
  return { kind: "file", path, size, isExecutable: isExecutable(status), bytes };
}
