import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { filePath } from "../system/file-path.ts";
import type { ByteString } from "../../image/tar/byte-string.ts";

/** Neither through a link, nor waiting for a writer as a FIFO would have it. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens a file that was seen to be a regular one, and returns its descriptor. Throws when something else has taken its
 * place: a device has no end, and a link may lead anywhere on this machine.
 */
export function openRegularFile(path: ByteString): number {
  const file = filePath(path);
  const descriptor = openSync(file, FLAGS);
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  throw new Error(`${file.toString()} is no longer a regular file`);
}
