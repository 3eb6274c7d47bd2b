import { ALWAYS_PACKAGES } from "../../image/names/always-packages.ts";
import type { StoreOperations } from "../../origin/stores/store-prices.ts";

// The operations of one pull, build or look-up. The tests count real operations, and assert these numbers.

/** All figures are for an image with this number of layers. */
export const LAYERS = 20;

/** The image has one package, and those that every image gets. */
const NAMES = 1 + ALWAYS_PACKAGES.length;

/** Docker and containerd send HEAD of the tag, then GET of the manifest by digest, of the config and of each layer. */
export const REQUESTS_PER_PULL = 3 + LAYERS;

const NONE: StoreOperations = { kvReads: 0, kvWrites: 0, r2Reads: 0, r2Writes: 0 };

/** The Worker's operations for one pull. They depend on where the image was pulled before. */
export const PULLS = {
  /** Seconds ago, through the same isolate. */
  isolate: NONE,
  /** In the same data centre: the Worker reads the tag's record again. */
  colo: { ...NONE, kvReads: 1 },
  /** In another data centre: tag and manifest from KV, config and layers from R2. */
  elsewhere: { ...NONE, kvReads: 2, r2Reads: 1 + LAYERS },
  /**
   * In another data centre, with the cache in front of the Worker: this cache has the manifest, the config and the layers.
   * Clients of other versions do not share a tag there, so the Worker reads the tag and its manifest from KV.
   */
  behindCache: { ...NONE, kvReads: 2 },
  /** Nowhere: the Worker asks KV and R2 for the tag. The build's object hands out the manifest. The rest is in R2. */
  nowhere: { ...NONE, kvReads: 1, r2Reads: 2 + LAYERS },
} as const satisfies Record<string, StoreOperations>;

/** What a build's object reads before it hands an image to an origin. */
export const HAND_OVER = {
  /**
   * The ref is known. The index of names is asked for each name, and does not have all of them. The state of garbage
   * collections is read at the same time as the ref.
   */
  build: { ...NONE, r2Reads: 1 + 1 + 1 + NAMES },
  /** The ref was resolved too long ago. */
  lookUp: { ...NONE, r2Reads: 1 + 1 },
} as const satisfies Record<string, StoreOperations>;

/**
 * The edge puts an image together. It reads the ref, the state of garbage collections, the index of names, a bundle for each
 * name, and whether there is a tag. It writes to R2: the root layer, the config, the contents, two manifests, the records of
 * closure, request and tag. It writes to KV: the manifests and the tag.
 */
export const EDGE_IMAGE: StoreOperations = {
  kvReads: 0,
  kvWrites: 3,
  r2Reads: 1 + 1 + 1 + NAMES + NAMES + 1,
  r2Writes: 8,
};

/** The Durable Object of a build checks the build's outcome: are both manifests in R2? */
export const LOOK_UP_OBJECT: StoreOperations = { ...NONE, r2Reads: 2 };
/** After a build, the object also checks the config. The origin has just put the new layers into R2. */
export const BUILD_OBJECT: StoreOperations = { ...NONE, r2Reads: 2 + 1 };
/** Once an hour, the object also checks the layers that the origin knew before. */
export const CHECK_OBJECT: StoreOperations = { ...NONE, r2Reads: 2 + 1 + LAYERS };

/** The origin's operations, if it uploads each file in one piece (up to 64 MiB). */
export const ORIGIN = {
  /**
   * No layer is known, and Nix evaluates the names. The origin looks up the request, the image, the list of layers and the
   * state of garbage collections. It writes to R2: the layers and their list, the config, the contents, two
   * manifests, the records of closure, request, tag and ref, and what each name leads to. It writes to KV: the manifests and
   * the tag, in one call.
   */
  build: { kvReads: 0, kvWrites: 3, r2Reads: 4, r2Writes: LAYERS + 9 + NAMES },
  /** Only the root layer is new, and no name has to be evaluated. The ref was written less than a minute ago. */
  combination: { kvReads: 0, kvWrites: 3, r2Reads: 4, r2Writes: 9 },
  /** The tag stands for the same revision as before. Nobody has looked it up for a minute, so its ref is written again. */
  lookUp: { kvReads: 0, kvWrites: 3, r2Reads: 5, r2Writes: 2 },
} as const satisfies Record<string, StoreOperations>;

/**
 * The origin describes and signs a new image. It looks for a record of the image, and writes one. The first client that
 * verifies the image makes the Worker unpack the record.
 */
export const SIGNING: StoreOperations = { ...NONE, r2Reads: 1, r2Writes: 1 };
/** Once a day for each image that is looked up: is it signed? */
export const KNOWN_SIGNED: StoreOperations = { ...NONE, r2Reads: 1 };

/** Cloudflare's own serverless-registry: a head and a get in R2 for each request. Its images were pushed before. */
export const SERVERLESS_REGISTRY: StoreOperations = { ...NONE, r2Reads: 2 * REQUESTS_PER_PULL };

/** The operations of both. */
export function add(one: StoreOperations, other: StoreOperations): StoreOperations {
  return {
    kvReads: one.kvReads + other.kvReads,
    kvWrites: one.kvWrites + other.kvWrites,
    r2Reads: one.r2Reads + other.r2Reads,
    r2Writes: one.r2Writes + other.r2Writes,
  };
}

/** So many times the operations. */
export function times({ kvReads, kvWrites, r2Reads, r2Writes }: StoreOperations, count: number): StoreOperations {
  return {
    kvReads: kvReads * count,
    kvWrites: kvWrites * count,
    r2Reads: r2Reads * count,
    r2Writes: r2Writes * count,
  };
}
