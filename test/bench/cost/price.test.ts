import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { costTables, price } from "../../../bench/cost/price.ts";

test("operations have the prices of the price list, in dollars per million", () => {
  const none = { kvReads: 0, kvWrites: 0, r2Reads: 0, r2Writes: 0 };
  expect(price({ ...none, kvReads: 2 })).toBeCloseTo(1);
  expect(price({ ...none, kvWrites: 1 })).toBeCloseTo(5);
  expect(price({ ...none, r2Reads: 100 })).toBeCloseTo(36);
  expect(price({ ...none, r2Writes: 2, kvReads: 1 })).toBeCloseTo(9.5);
});

test("docs/cost.md has the tables that the script prints", async () => {
  const text = await readFile(join(import.meta.dirname, "../../../docs/cost.md"), "utf8");
  expect(text).toContain(costTables());
});
