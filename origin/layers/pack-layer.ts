import type { Layer } from "../../image/layers/layer.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import type { LayerContent } from "../packing/layer-content.ts";
import type { Packer } from "../packing/packer.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import { debug } from "../system/debug.ts";
import { isDiskFull } from "../system/error-code.ts";
import { withSpoolFile } from "../system/spool.ts";
import type { KeptLayers } from "./kept-layers.ts";

/** A layer in the store, with the work that it took. */
export interface LayerWithWork extends Layer {
  /** Undefined if the layer was known before. */
  readonly work: LayerWork | undefined;
}

/** In milliseconds. */
export interface LayerWork {
  readonly packMs: number;
  readonly uploadMs: number;
}

export interface PackOptions {
  readonly store: ObjectStore;
  readonly packer: Packer;
  /** Layers whose fragments may be used again. Without them, every store path is compressed. */
  readonly kept?: KeptLayers | undefined;
  readonly spoolDirectory: string;
}

/** Only the manifest says which media type a layer has. */
const BLOB_CONTENT_TYPE = "application/octet-stream";

/** Packs a layer from its content and the kept fragments, and uploads it. */
export async function packLayer(
  options: PackOptions,
  content: LayerContent,
  signal: AbortSignal,
): Promise<LayerWithWork> {
  const { kept } = options;
  if (!kept) return packAndPut(options, content, signal);
  try {
    return await packAndPut(options, withFragments(content, kept), signal);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    // A build must not fail because kept layers fill the disk.
    await kept.clear();
    return packAndPut(options, content, signal);
  }
}

/** A spool file holds the layer until its last byte. Only then the digest is known, which is the blob's name. */
async function packAndPut(
  { store, packer, kept, spoolDirectory }: PackOptions,
  content: LayerContent,
  signal: AbortSignal,
): Promise<LayerWithWork> {
  signal.throwIfAborted();
  return withSpoolFile(spoolDirectory, async (path) => {
    const started = performance.now();
    const { fragments, ...layer } = await packer.pack(content, path, signal);
    const packed = performance.now();
    const blob = { kind: "file", path, size: layer.size } as const;
    await store.put(blobKey(layer.digest), blob, { contentType: BLOB_CONTENT_TYPE, signal });
    await kept?.keep(path, { ...layer, fragments });
    const work = { packMs: packed - started, uploadMs: performance.now() - packed };
    debug(() => `layer ${layer.digest}: packed in ${ms(work.packMs)}, uploaded in ${ms(work.uploadMs)}`);
    return { ...layer, work };
  });
}

function withFragments(content: LayerContent, kept: KeptLayers): LayerContent {
  if (content.kind === "entries") return content;
  const paths = content.paths.map((path) => (path.isApart ? { ...path, fragment: kept.find(path.path) } : path));
  debug(() => {
    const apart = paths.filter(({ isApart }) => isApart);
    const found = apart.filter((path) => "fragment" in path && path.fragment !== undefined);
    return `a layer of ${paths.length} store paths: ${found.length} of ${apart.length} large ones are kept compressed`;
  });
  return { ...content, paths };
}

function ms(milliseconds: number): string {
  return `${Math.round(milliseconds)} ms`;
}
