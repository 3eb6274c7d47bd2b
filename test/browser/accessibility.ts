import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const SCRIPT = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Expects that axe finds no fault on the page in its current state. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(await readFile(SCRIPT, "utf8"));
  const { violations } = await page.evaluate<AxeResults>("axe.run(document)");
  expect(violations.map(({ id, nodes }) => ({ id, at: nodes.map(({ target }) => target.join(" ")) }))).toEqual([]);
}

/** Like `expectAccessible`, in light and in dark colours. */
export async function expectAccessibleInBothSchemes(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
  }
}
