import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { isReachable } from "../../../origin/isolation/reachable.ts";
import { test } from "../fixtures.ts";

test("a path is reachable where all folders above it may be entered", async ({ directory }) => {
  const folder = join(directory, "a/b");
  await mkdir(folder, { recursive: true });
  await chmod(directory, 0o755);
  expect(await isReachable(join(folder, "file"))).toBe(true);
  await chmod(join(directory, "a"), 0o711);
  expect(await isReachable(join(folder, "file"))).toBe(true);
  await chmod(join(directory, "a"), 0o700);
  expect(await isReachable(join(folder, "file"))).toBe(false);
  // Its own mode is for the file to say.
  expect(await isReachable(join(directory, "a"))).toBe(true);
});

test("a path below nothing is not reachable", async ({ directory }) => {
  expect(await isReachable(join(directory, "none/file"))).toBe(false);
});
