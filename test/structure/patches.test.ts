import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const REPOSITORY = join(import.meta.dirname, "../..");

it("installs the packages with our patches", async () => {
  const patches = (await readdir(join(REPOSITORY, "patches"))).filter((name) => name.endsWith(".patch"));
  expect(patches).not.toEqual([]);
  for (const name of patches) {
    const isApplied = ["apply", "--reverse", "--check", join("patches", name)];
    await expect(promisify(execFile)("git", isApplied, { cwd: REPOSITORY })).resolves.toBeDefined();
  }
});
