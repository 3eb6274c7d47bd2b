import type { ByteString } from "../tar/byte-string.ts";

/** The directory above a path: `a/b` for `a/b/c` and for `a/b/c/`; "" at the top. */
export function parentOf(path: ByteString): ByteString {
  const slash = path.lastIndexOf("/", path.length - 2);
  return slash < 0 ? "" : path.slice(0, slash);
}
