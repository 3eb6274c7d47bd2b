import type { Layer } from "../../image/layers/layer.ts";
import type { LayerCompression } from "../../protocol/media-types.ts";
import type { FragmentRange } from "./fragment.ts";
import type { LayerContent } from "./layer-content.ts";
import type { Failure } from "../unpacking/failure.ts";

/** The messages between the threads of a packer. Each is structured-cloned. */

/** To the packing thread. */
export type PackingOrder =
  | { readonly kind: "pack"; readonly job: number; readonly content: LayerContent; readonly file: string }
  | { readonly kind: "cancel"; readonly job: number };

/** How a job ended. */
export type PackingResult =
  | { readonly job: number; readonly layer: LayerWithFragments }
  | { readonly job: number; readonly failure: Failure };

/** From the packing thread. */
export type PackingReport =
  | PackingResult
  /** Compressed bytes of the job's archives that have arrived since the last report. */
  | { readonly job: number; readonly fetched: number }
  /** The archive of a path was read and is right. `record`: the record of its tree, if the tree is not too large. */
  | { readonly job: number; readonly path: string; readonly record: Uint8Array<ArrayBuffer> | undefined };

/** A layer that was just packed, with the places of its fragments. */
export interface LayerWithFragments extends Layer {
  /** The fragments of the store paths that stand apart, in order. */
  readonly fragments: readonly PackedFragment[];
}

export interface PackedFragment extends FragmentRange {
  readonly path: string;
}

export interface PackerOptions {
  /** Threads that compress. */
  readonly compressors: number;
  readonly compression: LayerCompression;
  /** Whether the threads that unpack archives start at once. Otherwise they start with the first archive. */
  readonly startsUnpacking?: boolean;
}

/** Each compressing thread gets this at its start. The slabs are in shared memory. */
export interface CompressorSettings {
  readonly compression: LayerCompression;
  readonly slabs: readonly SharedArrayBuffer[];
}

/** To a compressing thread: compress this many bytes of the slab's `tar` into its `compressed`. */
export interface CompressOrder {
  readonly slab: number;
  readonly bytes: number;
}

/** From a compressing thread. */
export interface CompressReport {
  readonly slab: number;
  readonly compressedBytes: number;
}
