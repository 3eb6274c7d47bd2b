import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { sha256Digest } from "../../../protocol/digest.ts";
import { blobKey } from "../../../protocol/storage-keys.ts";
import { BLOB_TRUST_MS, createBlobPresence } from "../../../origin/stores/blob-presence.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { putText } from "../../../origin/stores/object-store.ts";
import { test } from "../fixtures.ts";

const DIGEST = sha256Digest("1".repeat(64));
const BLOB = { digest: DIGEST, size: 4 };

/** A disk store with one blob, which counts its calls, and a clock that stands still. */
async function setUp(directory: string) {
  const disk = createDiskStore(directory);
  await putText(disk, blobKey(DIGEST), "blob", "text/plain");
  const state = { asked: 0, nowMs: 0 };
  const head = (key: string) => {
    state.asked += 1;
    return disk.head(key);
  };
  return { state, blobs: createBlobPresence({ ...disk, head }, () => state.nowMs) };
}

test("the store is asked at most once a week", async ({ directory }) => {
  const { blobs, state } = await setUp(directory);
  for (const nowMs of [0, 1, BLOB_TRUST_MS - 1]) {
    state.nowMs = nowMs;
    expect(await blobs.has(BLOB)).toBe(true);
  }
  expect(state.asked).toBe(1);
  state.nowMs = BLOB_TRUST_MS;
  expect(await blobs.has(BLOB)).toBe(true);
  expect(state.asked).toBe(2);
});

test("a removed blob is noticed after a week", async ({ directory }) => {
  const { blobs, state } = await setUp(directory);
  await blobs.has(BLOB);
  await rm(join(directory, blobKey(DIGEST)));
  state.nowMs = BLOB_TRUST_MS;
  expect(await blobs.has(BLOB)).toBe(false);
});

test("a blob of another size counts as missing", async ({ directory }) => {
  const { blobs } = await setUp(directory);
  await writeFile(join(directory, blobKey(DIGEST)), "cut");
  expect(await blobs.has(BLOB)).toBe(false);
});

test("a missing blob is not remembered", async ({ directory }) => {
  const { blobs } = await setUp(directory);
  const missing = { digest: sha256Digest("2".repeat(64)), size: 1 };
  expect(await blobs.has(missing)).toBe(false);
  await writeFile(join(directory, blobKey(missing.digest)), "x");
  expect(await blobs.has(missing)).toBe(true);
});

test("the store is not asked about a blob that was just put", async ({ directory }) => {
  const { blobs, state } = await setUp(directory);
  blobs.note(DIGEST);
  expect([await blobs.has(BLOB), state.asked]).toEqual([true, 0]);
});

test("the store is asked again about a blob that a reader did not find", async ({ directory }) => {
  const { blobs, state } = await setUp(directory);
  await blobs.has(BLOB);
  await rm(join(directory, blobKey(DIGEST)));
  blobs.forget(DIGEST);
  expect([await blobs.has(BLOB), state.asked]).toEqual([false, 2]);
});

test("the store is not asked about a blob for which a record vouches, for a week from then", async ({ directory }) => {
  const { blobs, state } = await setUp(directory);
  state.nowMs = 2 * BLOB_TRUST_MS;
  blobs.vouch(DIGEST, BLOB_TRUST_MS + 1, blobs.epoch);
  expect([await blobs.has(BLOB), blobs.seenAt(DIGEST), state.asked]).toEqual([true, BLOB_TRUST_MS + 1, 0]);
  state.nowMs += 1;
  expect([await blobs.has(BLOB), blobs.seenAt(DIGEST), state.asked]).toEqual([true, state.nowMs, 1]);
});

test("a record in the future vouches from now on", async ({ directory }) => {
  const { blobs, state } = await setUp(directory);
  blobs.vouch(DIGEST, 2 * BLOB_TRUST_MS, blobs.epoch);
  state.nowMs = BLOB_TRUST_MS;
  expect([await blobs.has(BLOB), state.asked]).toEqual([true, 1]);
});

test("a reader that did not find a blob is believed more than a record, until the blob is put", async ({
  directory,
}) => {
  const { blobs, state } = await setUp(directory);
  await rm(join(directory, blobKey(DIGEST)));
  blobs.forget(DIGEST);
  blobs.vouch(DIGEST, state.nowMs, blobs.epoch);
  expect(await blobs.has(BLOB)).toBe(false);
  blobs.vouch(DIGEST, state.nowMs, blobs.epoch);
  expect(await blobs.has(BLOB)).toBe(false);
  blobs.note(DIGEST);
  expect(await blobs.has(BLOB)).toBe(true);
});

test("the store is asked again about all blobs after it was replaced", async ({ directory }) => {
  const { blobs, state } = await setUp(directory);
  await blobs.has(BLOB);
  blobs.forgetAll();
  expect([await blobs.has(BLOB), state.asked]).toEqual([true, 2]);
});

test("what was asked before everything was forgotten says nothing", async ({ directory }) => {
  const { blobs, state } = await setUp(directory);
  const { epoch } = blobs;
  const asking = blobs.has(BLOB);
  blobs.forgetAll();
  blobs.vouch(DIGEST, state.nowMs, epoch);
  expect([await asking, blobs.seenAt(DIGEST), blobs.epoch]).toEqual([true, undefined, epoch + 1]);
});
