import type { ByteString } from "../../image/tar/byte-string.ts";

/** A path as the file system takes it: its bytes, which need not be UTF-8. */
export function filePath(path: ByteString): Buffer {
  return Buffer.from(path, "latin1");
}
