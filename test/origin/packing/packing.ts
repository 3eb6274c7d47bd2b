import { readFile } from "node:fs/promises";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import type { LayerCompression } from "../../../protocol/media-types.ts";
import type { Layer } from "../../../image/layers/layer.ts";
import type { LayerContent, TarItem } from "../../../origin/packing/layer-content.ts";
import type { PackedFragment } from "../../../origin/packing/messages.ts";
import { createPacker, type Packer } from "../../../origin/packing/packer.ts";
import type { TarEntry } from "../../../image/tar/tar-entry.ts";
import { test as base } from "../fixtures.ts";

export const MIB = 1_048_576;
export const NEVER = new AbortController().signal;

/** Tests that share one packer, because its threads take a while to start. */
export const test = base.extend<{ packer: Packer }>({
  packer: [
    // oxlint-disable-next-line no-empty-pattern -- the runner reads which fixtures are used
    async ({}, use) => {
      const packer = createPacker({ compressors: 2, compression: "gzip" });
      await use(packer);
      await packer.close();
    },
    { scope: "file" },
  ],
});

/** Store paths in a folder, as the content of a layer. The paths in `apart` stand apart. */
export function storePaths(paths: readonly string[], apart: readonly string[] = []): LayerContent {
  return { kind: "store-paths", paths: paths.map((path) => ({ path, isApart: apart.includes(path) })) };
}

/** Entries without the pauses between them. */
export function listed(entries: Iterable<TarItem>): TarEntry[] {
  return [...entries].filter((entry) => entry.type !== "pause" && entry.type !== "feed");
}

interface Packed {
  readonly record: Layer;
  readonly fragments: readonly PackedFragment[];
  readonly tar: Buffer;
  readonly compressed: Buffer;
}

const DECOMPRESS = { gzip: gunzipSync, zstd: zstdDecompressSync };

export async function pack(
  packer: Packer,
  content: LayerContent | readonly TarEntry[],
  file: string,
  compression: LayerCompression = "gzip",
): Promise<Packed> {
  const layer = "kind" in content ? content : ({ kind: "entries", entries: content } as const);
  const { fragments, ...record } = await packer.pack(layer, file, NEVER);
  const compressed = await readFile(file);
  return { record, fragments, compressed, tar: DECOMPRESS[compression](compressed) };
}
