import { mkdir, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import type { LayerCompression } from "../../protocol/media-types.ts";
import { hasCode, isSystemError } from "../system/error-code.ts";
import type { Fragment } from "../packing/fragment.ts";
import type { LayerWithFragments } from "../packing/messages.ts";
import { FORMAT_VERSION } from "../../image/layers/format-version.ts";
import { readLayers, removeAll, removeLayer, writeLayer } from "./kept-layer-files.ts";
import { KeptLayerIndex } from "./kept-layer-index.ts";

/**
 * Layers that stay on this machine after their upload. Later layers may use their fragments again. A kept layer also
 * serves pulls if the store loses the layer. Nothing depends on a kept layer: without it, the origin makes the same
 * bytes again. Several processes may share the folder, and remove each other's layers.
 */
export interface KeptLayers {
  /** The fragment of a store path. Its file may be gone by now. */
  find(path: string): Fragment | undefined;
  /** Opens a whole layer. Undefined if the layer is not kept. */
  open(digest: Digest): Promise<KeptBlob | undefined>;
  /** Keeps a packed layer's file under another name, if possible. Removes the least recently used layers. */
  keep(file: string, layer: LayerWithFragments): Promise<void>;
  /** Removes all kept layers. */
  clear(): Promise<void>;
}

/** An open file. It stays readable if it is removed from its folder. */
export interface KeptBlob {
  /** Bytes. */
  readonly size: number;
  /** The caller must consume or destroy it. */
  readonly body: Readable;
}

interface KeptLayerOptions {
  /** A folder for kept layers only. All other files in it are removed. */
  readonly directory: string;
  readonly compression: LayerCompression;
  readonly maxBytes: number;
}

/** Throws the system's error if the folder cannot be created or read. */
export async function openKeptLayers(options: KeptLayerOptions): Promise<KeptLayers> {
  const { maxBytes } = options;
  const directory = await openFormat(options);
  const index = new KeptLayerIndex(directory);

  /** The index forgets a layer before its files are removed, so that no build finds a layer without files. */
  async function shrink(bytes: number): Promise<void> {
    await Promise.all(index.shrink(bytes).map((name) => removeLayer(directory, name)));
  }

  for (const layer of await readLayers(directory)) index.add(layer);
  await shrink(maxBytes);

  return {
    find: (path) => index.useFragment(path),
    async open(digest) {
      const layer = index.use(digestHex(digest));
      return layer && openBlob(join(directory, layer.name), layer.size);
    },
    async keep(file, { digest, size, fragments }) {
      if (size > maxBytes) return;
      const layer = { name: digestHex(digest), size, fragments };
      try {
        await writeLayer(directory, layer, file);
      } catch (error) {
        // The disk is full, or another process changed the folder. The build does not need the kept layer.
        if (!isSystemError(error)) throw error;
        index.forget(layer.name);
        return removeLayer(directory, layer.name);
      }
      index.add(layer);
      await shrink(maxBytes);
    },
    clear: () => shrink(0),
  };
}

/** Undefined if another process has removed the file. */
async function openBlob(path: string, size: number): Promise<KeptBlob | undefined> {
  const file = await open(path).catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  });
  return file && { size, body: file.createReadStream() };
}

/** Creates the folder for this format and compression. Removes all others: their fragments have other bytes. */
async function openFormat({ directory, compression }: KeptLayerOptions): Promise<string> {
  const format = `${compression}-${FORMAT_VERSION}`;
  await mkdir(join(directory, format), { recursive: true });
  const others = (await readdir(directory)).filter((name) => name !== format);
  await removeAll(others.map((name) => join(directory, name)));
  return join(directory, format);
}
