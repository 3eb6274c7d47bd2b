import { createHash } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { startFileWriter } from "./file-writer.ts";
import type { FolderNode, TreeNode } from "../nars/tree.ts";
import { narOf } from "../nars/write-nar.ts";
import { readArchive } from "./read-archive.ts";
import { sourcePath } from "./source-path.ts";

interface UnpackOptions {
  /** An empty folder. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Called when the whole archive has arrived. */
  readonly onRead: () => void;
}

/** The files of an archive. */
export interface UnpackedTree {
  /** Its last part is the name that Nix would give the files in its store. */
  readonly path: string;
  /** What the files take on the disk, about. */
  readonly bytes: number;
}

/** The unit in which file systems give space to files; bytes. */
const BLOCK_BYTES = 4096;

/** Unpacks a `.tar.gz` archive into a folder below `folder`. Throws `ArchiveError` if it is damaged, or could harm. */
export async function unpackArchive(
  compressed: AsyncIterable<Uint8Array>,
  { folder, signal, onRead }: UnpackOptions,
): Promise<UnpackedTree> {
  const content = join(folder, "content");
  const unpacked = join(folder, "files");
  await (await open(content, "wx")).close();
  await using writer = startFileWriter({ folder: unpacked, content });
  const stop = AbortSignal.any([signal, writer.failed]);
  const read = readArchive(compressed, { content, onFiles: (files) => writer.write(files), signal: stop });
  const root = await read.catch((error: unknown) => {
    writer.failed.throwIfAborted();
    throw error;
  });
  onRead();
  const [hash] = await Promise.all([narHash(root, content, stop), writer.finish(root)]);
  const path = join(folder, basename(sourcePath(hash)));
  await rename(unpacked, path);
  await rm(content);
  return { path, bytes: bytesOf(root) };
}

async function narHash(root: FolderNode, content: string, signal: AbortSignal): Promise<Uint8Array> {
  const hash = createHash("sha256");
  await using handle = await open(content);
  for await (const chunk of narOf(root, handle)) {
    signal.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest();
}

function bytesOf(node: TreeNode): number {
  switch (node.kind) {
    case "file":
      return Math.ceil(node.size / BLOCK_BYTES) * BLOCK_BYTES;
    case "link":
      return 0;
    case "folder":
      return [...node.children.values()].reduce((bytes, child) => bytes + bytesOf(child), BLOCK_BYTES);
  }
}
