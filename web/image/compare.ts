import { compressedSize, type Manifest } from "../../protocol/manifest.ts";

/** What a client that has one image is spared of another. */
export interface Shared {
  /** Layers that both have. */
  readonly layers: number;
  /** Their compressed bytes. */
  readonly bytes: number;
  /** Compressed bytes of the image that is to be fetched. */
  readonly total: number;
}

/** Compares by digest: whoever has the one image fetches the rest of the other. */
export function sharedLayers(wanted: Manifest, had: Manifest): Shared {
  const known = new Set(had.layers.map(({ digest }) => digest));
  const common = wanted.layers.filter(({ digest }) => known.has(digest));
  return {
    layers: common.length,
    bytes: common.reduce((sum, { size }) => sum + size, 0),
    total: compressedSize(wanted),
  };
}
