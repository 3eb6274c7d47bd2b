import { join } from "node:path";
import { describe, expect } from "vitest";
import { createBundleStore } from "../../../origin/bundles/bundle-store.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { bundleKey } from "../../../protocol/storage-keys.ts";
import { BUNDLE, GIT } from "../../image/bundles/bundles.ts";
import { rejection, test } from "../fixtures.ts";
import { NEVER } from "../packing/packing.ts";

const ROOTS = [{ attribute: "git", path: GIT }];
const HASH = "a".repeat(64);
const DAY_MS = 86_400_000;

function setUp(directory: string) {
  const store = createDiskStore(join(directory, "objects"));
  const clock = { now: 0 };
  return { store, clock, bundles: createBundleStore(store, () => clock.now) };
}

test("a bundle is read as it was written", async ({ directory }) => {
  const { bundles } = setUp(directory);
  await bundles.write(HASH, BUNDLE, NEVER);
  expect(await bundles.read(HASH, ROOTS)).toEqual(BUNDLE);
});

test("a bundle that is not there, or damaged, is none", async ({ directory }) => {
  const { bundles, store } = setUp(directory);
  expect(await bundles.read(HASH, ROOTS)).toBeUndefined();
  await store.put(bundleKey(HASH), { kind: "bytes", bytes: new Uint8Array(100) }, { contentType: "x/y" });
  expect(await bundles.read(HASH, ROOTS)).toBeUndefined();
});

test("a bundle without room in a record is refused", async ({ directory }) => {
  const { bundles } = setUp(directory);
  const long = "x".repeat(17_000_000);
  const popularity = { packages: new Map([[long, 1]]), roots: new Map() };
  expect(await rejection(bundles.write(HASH, { ...BUNDLE, popularity }, NEVER))).toMatchObject({
    name: "BundleTooLarge",
    message: "a bundle of 2 store paths is too large for a record",
  });
});

describe("the steps of a bundle are remembered", () => {
  test("if somebody has noted them", ({ directory }) => {
    const { bundles } = setUp(directory);
    expect(bundles.has(HASH, [])).toBe(false);
    bundles.note(HASH, [0, 1, 7]);
    expect([bundles.has(HASH, [0, 7]), bundles.has(HASH, [0, 2])]).toEqual([true, false]);
  });

  test("for a day", ({ directory }) => {
    const { bundles, clock } = setUp(directory);
    bundles.note(HASH, [0]);
    clock.now = DAY_MS - 1;
    expect(bundles.has(HASH, [0])).toBe(true);
    clock.now = DAY_MS;
    expect(bundles.has(HASH, [0])).toBe(false);
  });
});
