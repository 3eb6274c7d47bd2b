import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { chooseProperties, PROPERTIES } from "./properties.ts";

/** Every run tries the same inputs. `npm run fuzz` tries others. */
const SEED = 20_251_128;

test.each(PROPERTIES)("$name", async ({ check, runs }) => {
  const { failure } = await check({ seed: SEED, runs });
  expect(failure?.text).toBeUndefined();
});

test("properties have unique names, and can be chosen by name", () => {
  const names = PROPERTIES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(chooseProperties(undefined)).toEqual(PROPERTIES);
  expect(chooseProperties("references").map(({ name }) => name)).toEqual(["references/tags", "references/digests"]);
  expect(chooseProperties("references/tags")).toHaveLength(1);
  expect(chooseProperties("refer")).toEqual([]);
});

test("`npm run fuzz` starts without the test runner", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, "main.ts"), "--help"]);
  expect(stdout).toContain("references/tags");
});
