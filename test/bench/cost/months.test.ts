import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { billOf, type Month, monthTable } from "../../../bench/cost/months.ts";

const QUIET: Month = {
  name: "quiet",
  pulls: 0,
  elsewhere: 0,
  builds: 0,
  combinations: 0,
  lookUps: 0,
  storedGb: 0,
};

test("a month without pulls costs the plan", () => {
  expect(billOf(QUIET).sum).toBe(5);
});

test("what the plan includes costs nothing more", () => {
  expect(billOf({ ...QUIET, pulls: 100_000, builds: 100, storedGb: 10 }).sum).toBe(5);
});

test("what is above costs its price", () => {
  const { storage, requests, operations } = billOf({ ...QUIET, pulls: 1_000_000, elsewhere: 1, storedGb: 110 });
  expect(storage).toBeCloseTo(1.5);
  expect(requests).toBeCloseTo(13 * 0.3);
  // 21 million reads of R2, of which 10 million are included.
  expect(operations).toBeCloseTo(11 * 0.36);
});

test("docs/cost.md has the table that the script prints", async () => {
  const text = await readFile(join(import.meta.dirname, "../../../docs/cost.md"), "utf8");
  expect(text).toContain(monthTable());
});
