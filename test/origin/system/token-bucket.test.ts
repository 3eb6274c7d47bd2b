import { expect, test } from "vitest";
import { TokenBucket } from "../../../origin/system/token-bucket.ts";

/** Takes tokens at the given times (milliseconds), at 100 a second with a burst of 50. Returns the waits. */
function waitsOf(takes: readonly [at: number, count: number][]): number[] {
  let now = 0;
  const bucket = new TokenBucket({ perSecond: 100, burst: 50 }, () => now);
  return takes.map(([at, count]) => {
    now = at;
    return bucket.take(count);
  });
}

test.each<[string, [number, number][], number[]]>([
  ["a burst needs no wait", [[0, 50]], [0]],
  ["more than a burst waits for the missing tokens", [[0, 60]], [100]],
  [
    "missing tokens add up",
    [
      [0, 60],
      [0, 10],
    ],
    [100, 200],
  ],
  [
    "missing tokens come back with time",
    [
      [0, 60],
      [100, 1],
    ],
    [100, 10],
  ],
  [
    "a long rest saves at most one burst",
    [
      [0, 50],
      [1_000_000, 51],
    ],
    [0, 10],
  ],
  [
    "a steady rate needs no wait",
    [
      [0, 50],
      [100, 10],
      [200, 10],
    ],
    [0, 0, 0],
  ],
  [
    "no tokens are lost if the clock is set back",
    [
      [1000, 50],
      [500, 1],
      [510, 0],
    ],
    [0, 10, 0],
  ],
])("%s", (_, takes, waits) => {
  expect(waitsOf(takes)).toEqual(waits);
});
