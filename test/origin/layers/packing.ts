import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import type { LayerRecord } from "../../../origin/layers/layer-record.ts";
import { packLayer } from "../../../origin/layers/pack-layer.ts";
import type { TarEntry } from "../../../origin/layers/tar-entry.ts";

export const MIB = 1_048_576;
export const NEVER = new AbortController().signal;

type Entries = AsyncIterable<TarEntry> | Iterable<TarEntry>;

export function directoryEntry(name: string, mode = 0o555): TarEntry {
  return { type: "directory", name, mode };
}

export function bytesEntry(name: string, text: string, mode = 0o444): TarEntry {
  return { type: "file", name, mode, content: { kind: "bytes", bytes: new TextEncoder().encode(text) } };
}

export function fileEntry(name: string, path: string, size: number): TarEntry {
  return { type: "file", name, mode: 0o444, content: { kind: "file", path, size } };
}

export function symlinkEntry(name: string, target: string): TarEntry {
  return { type: "symlink", name, target };
}

export async function pack(
  entries: Entries,
  file: string,
): Promise<{ record: LayerRecord; tar: Buffer; gzip: Buffer }> {
  const record = await packLayer(entries, createWriteStream(file), NEVER);
  const gzip = await readFile(file);
  return { record, gzip, tar: gunzipSync(gzip) };
}
