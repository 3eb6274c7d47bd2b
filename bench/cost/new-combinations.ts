import type { StoreOperations } from "../../origin/stores/store-prices.ts";
import { add, BUILD_OBJECT, EDGE_IMAGE, ORIGIN, SIGNING } from "./operations.ts";

/** What one new combination of known packages takes, without the requests of the pull itself. */
export interface Making {
  readonly operations: StoreOperations;
  /** How long the Durable Object is in memory. Seconds. */
  readonly objectS: number;
  /** CPU time of the Worker and of the object. */
  readonly cpuMs: number;
}

/** Seconds. `npm run bench -- whole --latency` slows the stores by these, too. */
const LATENCY_S = { r2Read: 0.06, r2Write: 0.25, kv: 0.3 };

/** Operations that follow one after the other. Others run at the same time. */
interface Sequence {
  readonly r2Reads: number;
  readonly r2Writes: number;
  readonly kvWrites: number;
}

function waitS({ r2Reads, r2Writes, kvWrites }: Sequence): number {
  return r2Reads * LATENCY_S.r2Read + r2Writes * LATENCY_S.r2Write + kvWrites * LATENCY_S.kv;
}

/** The whole workerd of `npm run bench:edge -- assembly`, with its simulators of R2 and KV. So the Worker takes less. */
const EDGE_CPU_MS = 96;
/** A new combination takes the origin this long without Nix and with local stores; docs/performance.md. */
const ORIGIN_S = 0.078;

/** Two ways to make the same image. */
export const NEW_COMBINATION = {
  /** Reads: the ref, the index, the names, the bundles, the tag. Writes: blobs, manifests, the tag in R2, then KV. */
  edge: {
    operations: EDGE_IMAGE,
    objectS: EDGE_CPU_MS / 1000 + waitS({ r2Reads: 5, r2Writes: 3, kvWrites: 1 }),
    cpuMs: EDGE_CPU_MS,
  },
  /**
   * Reads: the request, the image, then manifests and blobs for the object's check. Writes: blobs, manifests, then all
   * records at once. KV takes longest among them.
   */
  origin: {
    operations: add(BUILD_OBJECT, add(ORIGIN.combination, SIGNING)),
    objectS: ORIGIN_S + waitS({ r2Reads: 4, r2Writes: 2, kvWrites: 1 }),
    // Nobody has measured what the events of a build take. It is far less than the other figures.
    cpuMs: 0,
  },
} as const satisfies Record<string, Making>;
