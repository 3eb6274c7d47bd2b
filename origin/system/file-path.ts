import type { ByteString } from "../../image/tar/byte-string.ts";

/** The bytes of a path, for calls of the file system. They need not be UTF-8. */
export function filePath(path: ByteString): Buffer {
  return Buffer.from(path, "latin1");
}
