/** What a binary cache does wrong. The names are labels of a metric. */
export const CACHE_FAULTS = ["unreachable", "refused", "slow", "signature", "archive", "unusable"] as const;

export type CacheFaultKind = (typeof CACHE_FAULTS)[number];

/** A binary cache that failed, beyond all attempts. */
export interface CacheFault {
  /** Its address, without credentials and parameters. */
  readonly cache: string;
  readonly kind: CacheFaultKind;
  /** The rest of a sentence that begins with the address, such as `answers HTTP error 500`. */
  readonly words: string;
  /** The store path that has no trusted signature. */
  readonly path?: string;
  /** Whether the cache is of no use at all. Otherwise only one store path of it is of no use. */
  readonly isWhole: boolean;
}
