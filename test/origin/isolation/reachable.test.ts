import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { isReachable } from "../../../origin/isolation/reachable.ts";
import { test } from "../fixtures.ts";

test("a path is reachable if other users may enter all folders above it", async ({ directory }) => {
  const folder = join(directory, "a/b");
  await mkdir(folder, { recursive: true });
  await chmod(directory, 0o755);
  expect(await isReachable(join(folder, "file"))).toBe(true);
  await chmod(join(directory, "a"), 0o711);
  expect(await isReachable(join(folder, "file"))).toBe(true);
  await chmod(join(directory, "a"), 0o700);
  expect(await isReachable(join(folder, "file"))).toBe(false);
  // The mode of the path itself has no effect.
  expect(await isReachable(join(directory, "a"))).toBe(true);
});

test("a path below a missing folder is not reachable", async ({ directory }) => {
  expect(await isReachable(join(directory, "none/file"))).toBe(false);
});
