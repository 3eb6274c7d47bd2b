import type { LayerCompression } from "./media-types.ts";

/** The settings of an origin that shape an image, beside its closure. */
export interface ImageShape {
  /** The version of the image format. Another version makes other bytes. */
  readonly format: number;
  readonly maxStoreLayers: number;
  readonly compression: LayerCompression;
  /** The hash of the popularity data. */
  readonly popularity: string;
}

/** What a ref of a package source stands for, and all that the edge must know to make images of its packages. */
export interface RefRecord {
  readonly revision: string;
  /** When an origin resolved the ref; ISO 8601. */
  readonly resolvedAt: string;
  /** The prefix of the index of names at this revision, without the platform. It ends with a slash. */
  readonly index: string;
  readonly shape: ImageShape;
  /** The most uncompressed bytes of an image's store paths. */
  readonly maxImageBytes: number;
  /** The inputs of the request hash, beside the request and the revision. */
  readonly evaluation: {
    readonly nixpkgs?: string | undefined;
    readonly nixpkgsConfig?: string | undefined;
  };
}
