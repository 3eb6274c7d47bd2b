import type { Layer } from "../../image/layers/layer.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import type { LayerContent } from "../packing/layer-content.ts";
import { type Packer, PackingError, type PackListener } from "../packing/packer.ts";
import type { FailedArchive } from "../unpacking/failure.ts";
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

/** What a layer is made of. */
export interface LayerToPack {
  readonly content: LayerContent | LateContent;
  readonly listener?: PackListener | undefined;
}

/**
 * Gives the content of a layer that has to be packed. So nobody looks for the archives of a known layer. `failed`: the
 * archives that did not arrive as a whole. Throws if no other cache has them.
 */
export type LateContent = (failed: readonly FailedArchive[]) => Promise<LayerContent>;

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
  readonly listener: PackListener | undefined;
}

/** Only the manifest says which media type a layer has. */
const BLOB_CONTENT_TYPE = "application/octet-stream";

/** Packs a layer from its content and the kept fragments, and uploads it. */
export function packLayer(options: PackContext, layer: LayerToPack, signal: AbortSignal): LayerUnderWay {
  const packed = Promise.withResolvers<Layer>();
  const uploading = Promise.withResolvers<void>();
  const steps = { packed: packed.resolve, uploading: uploading.resolve, listener: layer.listener };
  const stored = packAnyContent(options, layer.content, signal, steps);
  // Not everybody waits for each step. A failure that nobody waits for must not end the process.
  stored.catch((error: unknown) => {
    packed.promise.catch(() => undefined);
    uploading.promise.catch(() => undefined);
    packed.reject(error);
    uploading.reject(error);
  });
  return { packed: packed.promise, uploading: uploading.promise, stored };
}

/** Packs anew after each archive that a binary cache did not give as a whole. */
async function packAnyContent(
  options: PackContext,
  content: LayerContent | LateContent,
  signal: AbortSignal,
  steps: Steps,
): Promise<LayerWithWork> {
  if (typeof content !== "function") return packOrMakeRoom(options, content, signal, steps);
  const failed: FailedArchive[] = [];
  let now = await content(failed);
  for (;;) {
    try {
      return await packOrMakeRoom(options, now, signal, steps);
    } catch (error) {
      // The signal's reason may be the failure of another layer.
      if (signal.aborted || !(error instanceof PackingError) || !error.archive) throw error;
      debug(() => error.message);
      failed.push(error.archive);
      // If no other cache has the archive, the failure of the last one is the cause.
      now = await content(failed).catch(() => Promise.reject(error));
    }
  }
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
    const { fragments, ...layer } = await packer.pack(content, path, signal, steps.listener);
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
  // If a fragment is not the right one, its path is read again. An archive can be read only once.
  const paths = content.paths.map((path) =>
    path.isApart && !path.archive ? { ...path, fragment: kept.find(path.path) } : path,
  );
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
