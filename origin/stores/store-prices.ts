/** What Cloudflare charges for: operations of its stores. To remove objects from R2 costs nothing. */
export interface StoreOperations {
  readonly kvReads: number;
  /** Written, removed and listed keys have the same price. A list counts once for each page. */
  readonly kvWrites: number;
  /** Class B: get, head. */
  readonly r2Reads: number;
  /** Class A: put, list. */
  readonly r2Writes: number;
}

/** Dollars per million: https://developers.cloudflare.com/kv/platform/pricing/, https://developers.cloudflare.com/r2/pricing/ */
const PRICES: StoreOperations = { kvReads: 0.5, kvWrites: 5, r2Reads: 0.36, r2Writes: 4.5 };

/** The price in dollars of a million times these operations. */
export function pricePerMillion({ kvReads, kvWrites, r2Reads, r2Writes }: StoreOperations): number {
  return kvReads * PRICES.kvReads + kvWrites * PRICES.kvWrites + r2Reads * PRICES.r2Reads + r2Writes * PRICES.r2Writes;
}
