import { expect, test } from "vitest";
import { pricePerMillion } from "../../../origin/stores/store-prices.ts";

test("operations have the prices of the price list, in dollars per million", () => {
  const none = { kvReads: 0, kvWrites: 0, r2Reads: 0, r2Writes: 0 };
  expect(pricePerMillion({ ...none, kvReads: 2 })).toBeCloseTo(1);
  expect(pricePerMillion({ ...none, kvWrites: 1 })).toBeCloseTo(5);
  expect(pricePerMillion({ ...none, r2Reads: 100 })).toBeCloseTo(36);
  expect(pricePerMillion({ ...none, r2Writes: 2, kvReads: 1 })).toBeCloseTo(9.5);
});
