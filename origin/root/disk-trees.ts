import { closeSync, lstatSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import type { FileTrees, TreeNode } from "../../image/root/file-trees.ts";
import type { ByteString } from "../../image/tar/byte-string.ts";
import { readDirectory } from "../packing/read-directory.ts";
import { openRegularFile } from "../packing/regular-file.ts";
import { hasCode } from "../system/error-code.ts";
import { filePath } from "../system/file-path.ts";

/** The trees of this machine's store. Blocks its thread: synchronous reads are many times as fast. */
export const DISK_TREES: FileTrees = { find: findNode, list: readDirectory, read: readWhole };

function findNode(path: ByteString): TreeNode | undefined {
  const status = lookAt(filePath(path));
  if (!status) return undefined;
  if (status.isSymbolicLink()) return { kind: "symlink", target: readlinkSync(filePath(path), "latin1") };
  if (status.isDirectory()) return { kind: "directory" };
  return status.isFile() ? { kind: "file", size: status.size } : { kind: "other" };
}

function lookAt(path: Buffer): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "ENAMETOOLONG")) return undefined;
    throw error;
  }
}

function readWhole(file: ByteString): Uint8Array {
  const descriptor = openRegularFile(file);
  try {
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
