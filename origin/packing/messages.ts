import type { Layer } from "../../image/layers/layer.ts";
import type { LayerCompression } from "../../protocol/media-types.ts";
import type { FragmentRange } from "./fragment.ts";
import type { LayerContent } from "./layer-content.ts";
import { PackageError } from "../../image/closure/package-error.ts";
import { plainLine } from "../../protocol/plain-text.ts";

/** The messages between the threads of a packer. Each is structured-cloned. */

/** To the packing thread. */
export type PackingOrder =
  | { readonly kind: "pack"; readonly job: number; readonly content: LayerContent; readonly file: string }
  | { readonly kind: "cancel"; readonly job: number };

/** From the packing thread. */
export type PackingReport =
  | { readonly job: number; readonly layer: LayerWithFragments }
  | { readonly job: number; readonly failure: Failure };

/** A layer that was just packed, with the places of its fragments. */
export interface LayerWithFragments extends Layer {
  /** The fragments of the store paths that stand apart, in order. */
  readonly fragments: readonly PackedFragment[];
}

export interface PackedFragment extends FragmentRange {
  readonly path: string;
}

/** An error as a message between threads. A cloned error loses its code. */
export interface Failure {
  readonly message: string;
  readonly code: string | undefined;
  /** The package is to blame, and the message is written for users. */
  readonly kind?: "package";
}

export interface PackerOptions {
  /** Threads that compress. */
  readonly compressors: number;
  readonly compression: LayerCompression;
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

export function describeFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error), code: undefined };
  if (error instanceof PackageError) return { message: plainLine(error.message), code: undefined, kind: "package" };
  return { message: error.message, code: "code" in error ? String(error.code) : undefined };
}
