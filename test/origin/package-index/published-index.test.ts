import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { expect, vi } from "vitest";
import { packageIndexKey } from "../../../protocol/storage-keys.ts";
import { publishIndex } from "../../../origin/package-index/published-index.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import type { ObjectStore, PutOptions } from "../../../origin/stores/object-store.ts";
import { rejection, test } from "../fixtures.ts";

const NEVER = new AbortController().signal;
const INDEX = { source: "starter", revision: "r1", packages: [["git", "2.51", "Version control"]] } as const;

/** A store that keeps headers, like R2. */
function setUp(directory: string) {
  const disk = createDiskStore(directory);
  const headers = new Map<string, PutOptions>();
  const store: ObjectStore = {
    ...disk,
    async head(key) {
      const { metadata } = headers.get(key) ?? {};
      const head = await disk.head(key);
      return head && { ...head, ...(metadata && { metadata }) };
    },
    async put(key, content, options) {
      await disk.put(key, content, options);
      headers.set(key, options);
    },
  };
  const list = vi.fn(async () => INDEX);
  const publish = (state: string | undefined) =>
    publishIndex(store, { source: INDEX.source, revision: INDEX.revision, state, list }, NEVER);
  return { store, headers, list, publish };
}

test("an index is compressed, and has the header for it", async ({ directory }) => {
  const { store, headers, publish } = setUp(directory);
  const { key, index } = await publish("s1");
  expect([key, index]).toEqual([await packageIndexKey("starter"), INDEX]);
  const stream = await store.open(key);
  expect(JSON.parse(String(stream && gunzipSync(await buffer(stream))))).toEqual(INDEX);
  expect(headers.get(key)).toMatchObject({
    contentType: "application/json",
    contentEncoding: "gzip",
    metadata: { state: "s1" },
  });
});

test("packages are listed again only if the state has changed", async ({ directory }) => {
  const { list, publish } = setUp(directory);
  for (const state of ["s1", "s1", "s2", "s2"]) await publish(state);
  expect(list).toHaveBeenCalledTimes(2);
  expect((await publish("s2")).index).toBeUndefined();
});

test("packages are listed each time if the revision does not fix the files", async ({ directory }) => {
  const { list, publish } = setUp(directory);
  for (let times = 0; times < 2; times++) expect((await publish(undefined)).index).toEqual(INDEX);
  expect(list).toHaveBeenCalledTimes(2);
});

test("the old index stays if the packages cannot be listed", async ({ directory }) => {
  const { store, list, publish } = setUp(directory);
  const { key } = await publish("s1");
  const before = await store.head(key);
  list.mockRejectedValueOnce(new Error("no"));
  expect(await rejection(publish("s2"))).toMatchObject({ message: "no" });
  expect(await store.head(key)).toEqual(before);
});
