import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { layerPath, type LayerPath } from "../../../origin/packing/layer-content.ts";
import { listenLocally } from "../fixtures.ts";
import { narBytes, type Tree, writeToDisk } from "../nars/nar-bytes.ts";

export const COMPRESS = {
  none: (bytes: Uint8Array) => bytes,
  gzip: (bytes: Uint8Array) => gzipSync(bytes),
  zstd: (bytes: Uint8Array) => zstdCompressSync(bytes),
} as const;

/** A store path on the disk and in an archive, each as a part of a layer. */
export interface ArchivedPath {
  readonly onDisk: LayerPath;
  readonly archived: LayerPath;
  /** The file of the archive. */
  readonly file: string;
}

/** Writes a tree below a folder that stands for the store, and its archive beside it. */
export async function archivePath(
  directory: string,
  name: string,
  tree: Tree,
  compression: keyof typeof COMPRESS = "zstd",
): Promise<ArchivedPath> {
  const path = join(directory, "store", `${"0".repeat(32)}-${name}`);
  const file = join(directory, `${name}.nar.${compression}`);
  await mkdir(join(directory, "store"), { recursive: true });
  await mkdir(join(directory, "spool"), { recursive: true });
  await writeToDisk(path, tree);
  const nar = narBytes(tree);
  const compressed = COMPRESS[compression](nar);
  await writeFile(file, compressed);
  const onDisk = layerPath({ path, narSize: nar.length });
  const archive = {
    path,
    narSize: nar.length,
    narHash: createHash("sha256").update(nar).digest("hex"),
    archive: {
      cache: "file:///cache",
      url: pathToFileURL(file).href,
      headers: {},
      compression,
      fileSize: compressed.length,
    },
    silenceMs: 10_000,
    spoolDirectory: join(directory, "spool"),
  };
  return { onDisk, archived: { ...onDisk, archive }, file };
}

/** The same archive from a server that sends nothing for so many milliseconds. */
export async function servedLate(
  { archived }: ArchivedPath,
  bytes: Uint8Array,
  delayMs: number,
  onEnd: (close: () => Promise<void>) => void,
): Promise<LayerPath> {
  const server = createServer((_, response) => void setTimeout(() => response.end(bytes), delayMs));
  const url = await listenLocally(server, onEnd);
  if (!archived.archive) throw new Error("the path has no archive");
  return { ...archived, archive: { ...archived.archive, archive: { ...archived.archive.archive, url } } };
}
