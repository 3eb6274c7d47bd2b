import { compressedSize, type Manifest } from "../../protocol/manifest.ts";

/** The part of an image that a client does not fetch, because it has another image. */
export interface Shared {
  /** Layers that both have. */
  readonly layers: number;
  /** Their compressed bytes. */
  readonly bytes: number;
  /** Compressed bytes of the whole wanted image. */
  readonly total: number;
}

/** Compares layers by digest. A client that has the image `had` fetches only the other layers of `wanted`. */
export function sharedLayers(wanted: Manifest, had: Manifest): Shared {
  const known = new Set(had.layers.map(({ digest }) => digest));
  const common = wanted.layers.filter(({ digest }) => known.has(digest));
  return {
    layers: common.length,
    bytes: common.reduce((sum, { size }) => sum + size, 0),
    total: compressedSize(wanted),
  };
}
