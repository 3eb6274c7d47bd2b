import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { costTables } from "../../../bench/cost/price.ts";

test("docs/cost.md has the tables that the script prints", async () => {
  const text = await readFile(join(import.meta.dirname, "../../../docs/cost.md"), "utf8");
  expect(text).toContain(costTables());
});
