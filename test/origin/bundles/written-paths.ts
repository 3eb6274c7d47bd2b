import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { STORE_DIRECTORY, type StorePath, storePathWord } from "../../../image/closure/store-path.ts";
import type { FileTrees } from "../../../image/root/file-trees.ts";
import { attemptRoot } from "../../../image/trees/root-attempt.ts";
import { treeOf } from "../../../image/trees/tree-of.ts";
import type { ByteString } from "../../../image/tar/byte-string.ts";
import { layerPath } from "../../../origin/packing/layer-content.ts";
import type { PathSource } from "../../../origin/paths/path-source.ts";
import { diskTreeEntries } from "../../../origin/root/disk-tree-entries.ts";
import { DISK_TREES } from "../../../origin/root/disk-trees.ts";
import type { PathArchive } from "../../../origin/unpacking/path-archive.ts";
import { narBytes, writeToDisk } from "../nars/nar-bytes.ts";
import type { PathWithTree } from "./random-packages.ts";

/** Store paths whose names begin with `/nix/store`. Their files are below a folder of the test. */
export interface WrittenPaths {
  readonly closure: readonly StorePath[];
  /** The origin's ways to these files: layers from archives, trees and the root from the disk. */
  readonly source: PathSource;
}

/** Layers come from archives, because the packing threads find a path on the disk by its own name only. */
export async function writePaths(directory: string, paths: readonly PathWithTree[]): Promise<WrittenPaths> {
  await mkdir(join(directory, STORE_DIRECTORY), { recursive: true });
  const archives = new Map<string, PathArchive>();
  for (const { path, tree } of paths) {
    await writeToDisk(join(directory, path), tree);
    archives.set(path, await writeArchive(directory, path, narBytes(tree)));
  }
  return {
    closure: paths.map(({ path, references }) => ({ path, references, narSize: archives.get(path)?.narSize ?? 0 })),
    source: {
      layer: (group) => ({
        content: {
          kind: "store-paths",
          paths: group.map((path) => ({ ...layerPath(path), archive: archives.get(path.path) })),
        },
      }),
      async root(image) {
        const made = attemptRoot(image, treesBelow(directory));
        if (made.kind === "root") return made.root;
        throw new Error("a disk lacks no tree");
      },
      tree: async (path) => treeOf(diskTreeEntries(join(directory, path))),
    },
  };
}

async function writeArchive(directory: string, path: string, nar: Uint8Array): Promise<PathArchive> {
  const file = join(directory, `${storePathWord(path)}.nar`);
  await writeFile(file, nar);
  const narHash = createHash("sha256").update(nar).digest("hex");
  const url = pathToFileURL(file).href;
  return {
    path,
    narSize: nar.length,
    narHash,
    archive: { cache: "file:///cache", url, headers: {}, compression: "none", fileSize: nar.length },
    silenceMs: 10_000,
    spoolDirectory: directory,
  };
}

/** The trees of the disk, as if the folder were the machine's root. */
function treesBelow(directory: string): FileTrees {
  const at = (path: ByteString) => `${directory}${path}`;
  return {
    find: (path) => DISK_TREES.find(at(path)),
    list: (path) => DISK_TREES.list(at(path)),
    read: (path) => DISK_TREES.read(at(path)),
  };
}
