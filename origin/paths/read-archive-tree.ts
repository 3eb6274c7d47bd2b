import type { Tree } from "../../image/trees/tree.ts";
import { decodeTree } from "../../image/trees/tree-record.ts";
import { layerPath } from "../packing/layer-content.ts";
import type { Packer } from "../packing/packer.ts";
import type { TreeStore } from "../root/tree-store.ts";
import { withSpoolFile } from "../system/spool.ts";
import type { PathArchive } from "../unpacking/path-archive.ts";

interface TreeReading {
  readonly packer: Packer;
  readonly trees: TreeStore;
  readonly spoolDirectory: string;
}

/**
 * Reads a tree from the archive of a store path whose layer is known, and writes the record of the tree. This happens
 * once for a path: if the path was packed before there were records, or only as a part of another package. The path is
 * packed as a layer that nobody keeps.
 */
export async function readArchiveTree(
  { packer, trees, spoolDirectory }: TreeReading,
  archive: PathArchive,
  signal: AbortSignal,
): Promise<Tree | undefined> {
  const { path } = archive;
  const content = { kind: "store-paths", paths: [{ ...layerPath(archive), archive }] } as const;
  let record: Uint8Array<ArrayBuffer> | undefined;
  await withSpoolFile(spoolDirectory, (file) =>
    packer.pack(content, file, signal, {
      onPath: (_, tree) => (record = tree),
      onFetched: () => {},
    }),
  );
  if (record) await trees.write(path, record);
  return record && decodeTree(record);
}
