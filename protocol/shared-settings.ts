/** The default of a setting that is a whole number, and the least and the largest value that it may have. */
export interface IntegerRange {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

const DAY_S = 86_400;

/** Settings that the Worker, the origin and `npm start` share. Each program has its own names for them. */
export const SHARED_SETTINGS = {
  /** The most packages that one image may have. A name of 255 characters has no room for more. */
  maxPackages: { fallback: 64, min: 1, max: 255 },
  /** Seconds that one request for a manifest waits for the build. Some clients give up after 30 s without a header. */
  manifestHoldS: { fallback: 25, min: 1, max: 29 },
  /** Seconds that a client waits for a build, over all its requests. */
  buildWaitS: { fallback: 900, min: 1, max: DAY_S },
  /** Seconds that a build may take, whether or not anybody waits for it. */
  buildTimeoutS: { fallback: 3600, min: 1, max: 2 * DAY_S },
  /** Seconds until a tag is looked up again. The Worker asks the origin, and the origin asks the package source. */
  tagFreshnessS: { fallback: 300, min: 0, max: DAY_S },
} as const satisfies Readonly<Record<string, IntegerRange>>;
