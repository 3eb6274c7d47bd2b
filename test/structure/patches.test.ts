import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
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

it("writes libdeflate's WebAssembly to a file", async () => {
  const folder = join(REPOSITORY, "node_modules/libdeflate/dist");
  const file = await readFile(join(folder, "libdeflate.wasm"));
  expect(file.subarray(0, 4).toString()).toBe("\0asm");
  expect(await readFile(join(folder, "libdeflate.wasm.mjs"), "utf8")).toContain(`base64,${file.toString("base64")}"`);
});
