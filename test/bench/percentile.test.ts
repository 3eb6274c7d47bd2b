import { expect, it } from "vitest";
import { percentile } from "../../bench/percentile.ts";

const HUNDRED = Array.from({ length: 100 }, (_, index) => 100 - index);

it.each([
  [HUNDRED, 0.5, 50],
  [HUNDRED, 0.99, 99],
  [HUNDRED, 1, 100],
  [HUNDRED, 0, 1],
  [[3, 1, 2], 0.5, 2],
  [[7], 0.99, 7],
  [[], 0.5, NaN],
])("a percentile of %j at %d", (values, share, wanted) => {
  expect(percentile(values, share)).toBe(wanted);
});
