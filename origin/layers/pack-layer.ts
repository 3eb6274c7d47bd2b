import type { Layer } from "../../image/layers/layer.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import type { LayerContent } from "../packing/layer-content.ts";
import type { Packer } from "../packing/packer.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import { debug } from "../system/debug.ts";
import { isDiskFull } from "../system/error-code.ts";
import { withSpoolFile } from "../system/spool.ts";
import type { KeptLayers } from "./kept-layers.ts";
import type { UploadSlots } from "./upload-slots.ts";

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

/** The parts that the layers of all images share. */
interface PackContext extends PackOptions {
  readonly uploads: UploadSlots;
}

/** A layer on its way into the store. If a step fails, it and the later steps reject with the same error. */
export interface LayerUnderWay {
  /** The layer is in the spool, as a whole. */
  readonly packed: Promise<Layer>;
  /** The upload has begun. */
  readonly uploading: Promise<void>;
  /** The store has the layer. */
  readonly stored: Promise<LayerWithWork>;
}

interface Steps {
  readonly packed: (layer: Layer) => void;
  readonly uploading: () => void;
}

/** Only the manifest says which media type a layer has. */
const BLOB_CONTENT_TYPE = "application/octet-stream";

/** Packs a layer from its content and the kept fragments, and uploads it. */
export function packLayer(options: PackContext, content: LayerContent, signal: AbortSignal): LayerUnderWay {
  const packed = Promise.withResolvers<Layer>();
  const uploading = Promise.withResolvers<void>();
  const stored = packOrMakeRoom(options, content, signal, { packed: packed.resolve, uploading: uploading.resolve });
  // Not everybody waits for each step. A failure that nobody waits for must not end the process.
  stored.catch((error: unknown) => {
    packed.promise.catch(() => undefined);
    uploading.promise.catch(() => undefined);
    packed.reject(error);
    uploading.reject(error);
  });
  return { packed: packed.promise, uploading: uploading.promise, stored };
}

/** A build must not fail because kept layers fill the disk. */
async function packOrMakeRoom(
  options: PackContext,
  content: LayerContent,
  signal: AbortSignal,
  steps: Steps,
): Promise<LayerWithWork> {
  const { kept } = options;
  if (!kept) return packAndPut(options, content, signal, steps);
  try {
    return await packAndPut(options, withFragments(content, kept), signal, steps);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    await kept.clear();
    return packAndPut(options, content, signal, steps);
  }
}

/** A spool file holds the layer until its last byte. Only then the digest is known, which is the blob's name. */
async function packAndPut(
  { store, packer, kept, spoolDirectory, uploads }: PackContext,
  content: LayerContent,
  signal: AbortSignal,
  steps: Steps,
): Promise<LayerWithWork> {
  signal.throwIfAborted();
  return withSpoolFile(spoolDirectory, async (path) => {
    const started = performance.now();
    const { fragments, ...layer } = await packer.pack(content, path, signal);
    const packed = performance.now();
    steps.packed(layer);
    const blob = { kind: "file", path, size: layer.size } as const;
    await uploads.run(layer.size, signal, async () => {
      steps.uploading();
      await store.put(blobKey(layer.digest), blob, { contentType: BLOB_CONTENT_TYPE, signal });
    });
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
