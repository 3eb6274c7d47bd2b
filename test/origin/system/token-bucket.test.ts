import { expect, test } from "vitest";
import { TokenBucket } from "../../../origin/system/token-bucket.ts";

/** Takes counts at given times, in milliseconds, from 100 a second with a burst of 50; returns the waits. */
function waitsOf(takes: readonly [at: number, count: number][]): number[] {
  let now = 0;
  const bucket = new TokenBucket({ perSecond: 100, burst: 50 }, () => now);
  return takes.map(([at, count]) => {
    now = at;
    return bucket.take(count);
  });
}

test.each<[string, [number, number][], number[]]>([
  ["a burst costs no wait", [[0, 50]], [0]],
  ["what is beyond it costs the time that it takes to fill", [[0, 60]], [100]],
  [
    "debts add up",
    [
      [0, 60],
      [0, 10],
    ],
    [100, 200],
  ],
  [
    "time pays them",
    [
      [0, 60],
      [100, 1],
    ],
    [100, 10],
  ],
  [
    "rest saves up no more than a burst",
    [
      [0, 50],
      [1_000_000, 51],
    ],
    [0, 10],
  ],
  [
    "a steady rate costs no wait",
    [
      [0, 50],
      [100, 10],
      [200, 10],
    ],
    [0, 0, 0],
  ],
  [
    "a clock that is set back takes nothing away",
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
