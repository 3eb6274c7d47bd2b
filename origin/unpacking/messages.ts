import type { Failure } from "./failure.ts";
import type { PathArchive } from "./path-archive.ts";

/** The messages between the packing thread and an unpacking thread. Buffers are transferred, not copied. */

/** To an unpacking thread. */
export type UnpackingOrder =
  | { readonly kind: "open"; readonly feed: number; readonly archive: PathArchive }
  /** Gives a buffer back, so that the feed may send another one. */
  | { readonly kind: "more"; readonly feed: number; readonly buffer: ArrayBuffer }
  | { readonly kind: "close"; readonly feed: number };

/** From an unpacking thread. */
export type UnpackingReport =
  /** The next bytes of the path's tar. */
  | { readonly kind: "tar"; readonly feed: number; readonly bytes: Uint8Array<ArrayBuffer> }
  /** Compressed bytes that have arrived since the last report. */
  | { readonly kind: "fetched"; readonly feed: number; readonly count: number }
  /** The archive is whole, and its hash is right. `tree`: the record of its tree, if the tree is not too large. */
  | { readonly kind: "end"; readonly feed: number; readonly tree: Uint8Array<ArrayBuffer> | undefined }
  | { readonly kind: "failed"; readonly feed: number; readonly failure: Failure };

/** Bytes of a buffer. */
export const BUFFER_BYTES = 262_144;
/** Buffers that one feed may have on their way. Together they fill a member of a gzip layer. */
export const BUFFERS_A_FEED = 5;
