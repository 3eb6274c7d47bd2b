import type { ByteString } from "../tar/byte-string.ts";
import type { StoreFiles } from "./store-files.ts";

/** An entry of a directory, before its links are followed. */
export interface Child {
  readonly path: ByteString;
  readonly isLink: boolean;
  readonly isDirectory: boolean;
}

/** A child or a root, after its links are followed. */
export interface Source {
  readonly path: ByteString;
  /** The path after all links. It is `path` itself if the links lead nowhere or out of the closure. */
  readonly target: ByteString;
  readonly isDirectory: boolean;
}

/** Several packages may link to the same file. This is not a clash. */
export function distinctTargets(children: readonly Child[], files: StoreFiles): Source[] {
  const distinct = new Map<ByteString, Source>();
  for (const { path, isLink, isDirectory } of children) {
    // The links of the directory are followed already, so only the last step can be a link.
    const source = isLink ? followLinks(path, files) : { path, target: path, isDirectory };
    if (!distinct.has(source.target)) distinct.set(source.target, source);
  }
  return [...distinct.values()];
}

/** Follows the links of a path that exists. */
export function followLinks(path: ByteString, files: StoreFiles): Source {
  const found = files.find(path);
  // A link that leads nowhere here may lead somewhere in the image, so it is kept as a file.
  if (!found) return { path, target: path, isDirectory: false };
  return { path, target: found.path, isDirectory: found.node.kind === "directory" };
}
