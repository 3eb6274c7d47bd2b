import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { filePath } from "../system/file-path.ts";
import type { ByteString } from "../../image/tar/byte-string.ts";

/** Do not follow a link. Do not wait for the writer of a FIFO. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens a regular file and returns its descriptor. Throws if the path is no longer a regular file. A device has no end,
 * and a link may lead anywhere on this machine.
 */
export function openRegularFile(path: ByteString): number {
  const file = filePath(path);
  const descriptor = openSync(file, FLAGS);
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  throw new Error(`${file.toString()} is no longer a regular file`);
}
