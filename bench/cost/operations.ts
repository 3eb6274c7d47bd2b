/** Storage operations of one pull, build or look-up. The tests count them on the real thing and assert these numbers. */
export interface Operations {
  readonly kvReads: number;
  readonly kvWrites: number;
  /** Class B: get, head. */
  readonly r2Reads: number;
  /** Class A: put, list. */
  readonly r2Writes: number;
}

/** The image that all figures are about. */
export const LAYERS = 20;

/** HEAD of the tag, GET of the manifest by digest, the config, the layers: what Docker and containerd send. */
export const REQUESTS_PER_PULL = 3 + LAYERS;

const NONE: Operations = { kvReads: 0, kvWrites: 0, r2Reads: 0, r2Writes: 0 };

/** What the Worker does for one pull, by where the image was pulled before. */
export const PULLS = {
  /** Seconds ago, by way of the same isolate. */
  isolate: NONE,
  /** In the same data centre: the tag's record is read anew. */
  colo: { ...NONE, kvReads: 1 },
  /** In another data centre: tag and manifest from KV, config and layers from R2. */
  elsewhere: { ...NONE, kvReads: 2, r2Reads: 1 + LAYERS },
  /** Nowhere: KV and R2 are asked for the tag; manifest, config and layers come from R2. */
  nowhere: { ...NONE, kvReads: 1, r2Reads: 3 + LAYERS },
} as const satisfies Record<string, Operations>;

/** What the object of a build does with its outcome: it looks whether both manifests are there. */
export const LOOK_UP_OBJECT: Operations = { ...NONE, r2Reads: 2 };
/** And, once an hour, whether config and layers are. */
export const BUILD_OBJECT: Operations = { ...NONE, r2Reads: 2 + 1 + LAYERS };

/** What the origin does, where a file is uploaded in one piece (up to 64 MiB). */
export const ORIGIN = {
  /**
   * No layer is known: request, image and layers are looked up; layers and their records, config, contents, two
   * manifests and the records of closure, request and tag are written; in KV, manifests and tag.
   */
  build: { kvReads: 0, kvWrites: 3, r2Reads: 2 + LAYERS, r2Writes: 2 * LAYERS + 7 },
  /** The tag stands for the same revision as before. */
  lookUp: { kvReads: 0, kvWrites: 3, r2Reads: 5, r2Writes: 1 },
} as const satisfies Record<string, Operations>;

/** serverless-registry, Cloudflare's own: a head and a get in R2 for each request. Images are pushed before. */
export const SERVERLESS_REGISTRY: Operations = { ...NONE, r2Reads: 2 * REQUESTS_PER_PULL };
