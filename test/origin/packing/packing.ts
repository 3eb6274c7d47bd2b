import { readFile } from "node:fs/promises";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import type { LayerCompression } from "../../../protocol/media-types.ts";
import type { Layer } from "../../../image/layers/layer.ts";
import type { LayerContent } from "../../../origin/packing/layer-content.ts";
import type { PackedFragment } from "../../../origin/packing/messages.ts";
import { createPacker, type Packer } from "../../../origin/packing/packer.ts";
import type { Pause } from "../../../origin/packing/pause.ts";
import { byteString, type TarEntry } from "../../../image/tar/tar-entry.ts";
import { test as base } from "../fixtures.ts";

export const MIB = 1_048_576;
export const NEVER = new AbortController().signal;

/** Tests that share one packer, whose threads take a while to start. */
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

export function directoryEntry(name: string, mode = 0o555): TarEntry {
  return { type: "directory", name: byteString(name), mode };
}

export function bytesEntry(name: string, text: string, mode = 0o444): TarEntry {
  const content = { kind: "bytes", bytes: new TextEncoder().encode(text) } as const;
  return { type: "file", name: byteString(name), mode, content };
}

export function fileEntry(name: string, path: string, size: number): TarEntry {
  return { type: "file", name: byteString(name), mode: 0o444, content: { kind: "file", path, size } };
}

export function symlinkEntry(name: string, target: string): TarEntry {
  return { type: "symlink", name: byteString(name), target: byteString(target) };
}

export function hardlinkEntry(name: string, target: string, mode = 0o444): TarEntry {
  return { type: "hardlink", name: byteString(name), mode, target: byteString(target) };
}

/** Of every kind one, and names of every length and encoding. */
export const SMALL_TREE: readonly TarEntry[] = [
  directoryEntry("nix/", 0o755),
  directoryEntry("nix/store/", 0o755),
  directoryEntry("nix/store/a/"),
  bytesEntry("nix/store/a/empty", ""),
  bytesEntry("nix/store/a/hello", "#!/bin/sh\necho hello\n", 0o555),
  hardlinkEntry("nix/store/a/hello2", "nix/store/a/hello", 0o555),
  symlinkEntry("nix/store/a/link", "hello"),
  bytesEntry(`nix/store/a/${"l".repeat(120)}`, "a long name"),
  hardlinkEntry("nix/store/a/long-hard", `nix/store/a/${"l".repeat(120)}`),
  symlinkEntry("nix/store/a/long-link", `/nix/store/${"t".repeat(120)}`),
  bytesEntry("nix/store/a/größe-\u{1F600}", "not ASCII"),
  directoryEntry("tmp/", 0o1777),
];

/** Store paths in a folder, as the content of a layer; those named in `apart` have members of their own. */
export function storePaths(paths: readonly string[], apart: readonly string[] = []): LayerContent {
  return { kind: "store-paths", paths: paths.map((path) => ({ path, isApart: apart.includes(path) })) };
}

/** Entries without the pauses between them. */
export function listed(entries: Iterable<TarEntry | Pause>): TarEntry[] {
  return [...entries].filter((entry) => entry.type !== "pause");
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
