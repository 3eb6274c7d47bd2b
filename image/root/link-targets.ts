import type { ByteString } from "../tar/byte-string.ts";
import type { StoreFiles } from "./store-files.ts";

/** Something that is there, before its links are followed. */
export interface Child {
  readonly path: ByteString;
  readonly isLink: boolean;
  readonly isDirectory: boolean;
}

/** A child, or a root, once its links are followed. */
export interface Source {
  readonly path: ByteString;
  /** What it is after all links, or itself when it leads nowhere or out of the store. */
  readonly target: ByteString;
  readonly isDirectory: boolean;
}

/** Several packages may link to one and the same file; that is no clash. */
export function distinctTargets(children: readonly Child[], files: StoreFiles): Source[] {
  const distinct = new Map<ByteString, Source>();
  for (const { path, isLink, isDirectory } of children) {
    // Its directory is where links have led already: only the last step can be one.
    const source = isLink ? followLinks(path, files) : { path, target: path, isDirectory };
    if (!distinct.has(source.target)) distinct.set(source.target, source);
  }
  return [...distinct.values()];
}

/** Follows the links of a path at which something is. */
export function followLinks(path: ByteString, files: StoreFiles): Source {
  const found = files.find(path);
  // A link that leads nowhere here may lead somewhere in the image: it is kept as a file.
  if (!found) return { path, target: path, isDirectory: false };
  return { path, target: found.path, isDirectory: found.node.kind === "directory" };
}
