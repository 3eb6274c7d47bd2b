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
 * Layers that stay on the machine after they were stored, because parts of them, the compressed forms of store paths,
 * may be parts of layers to come, and because a store may lose a layer. Nothing depends on it: what is not here is
 * compressed again, to the same bytes. Several processes may share the folder, and remove what others keep.
 */
export interface KeptLayers {
  /** Where the compressed form of a store path was when it was kept. */
  find(path: string): Fragment | undefined;
  /** A whole layer; undefined for one that is not here. */
  open(digest: Digest): Promise<KeptBlob | undefined>;
  /** Keeps a packed layer's file under another name, if it can, and lets the least recently used go. */
  keep(file: string, layer: LayerWithFragments): Promise<void>;
  /** Lets all go. */
  clear(): Promise<void>;
}

/** An open file, which may be gone from its folder in the meantime. */
export interface KeptBlob {
  /** Bytes. */
  readonly size: number;
  /** To be consumed or destroyed. */
  readonly body: Readable;
}

interface KeptLayerOptions {
  /** Nothing else is in it. */
  readonly directory: string;
  readonly compression: LayerCompression;
  readonly maxBytes: number;
}

/** Throws an error of the system's when there can be no such folder. */
export async function openKeptLayers(options: KeptLayerOptions): Promise<KeptLayers> {
  const { maxBytes } = options;
  const directory = await openFormat(options);
  const index = new KeptLayerIndex(directory);

  /** The index forgets a layer before its files go, so that nobody finds a layer that is being removed. */
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
        // A disk that is full, or another process that was at it: the build has all that it needs.
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

/** Undefined where another process has removed the file. */
async function openBlob(path: string, size: number): Promise<KeptBlob | undefined> {
  const file = await open(path).catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  });
  return file && { size, body: file.createReadStream() };
}

/** A fragment of another format or compression would be other bytes: what older code has kept goes. */
async function openFormat({ directory, compression }: KeptLayerOptions): Promise<string> {
  const format = `${compression}-${FORMAT_VERSION}`;
  await mkdir(join(directory, format), { recursive: true });
  const others = (await readdir(directory)).filter((name) => name !== format);
  await removeAll(others.map((name) => join(directory, name)));
  return join(directory, format);
}
