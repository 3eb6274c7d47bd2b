import { rm } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { describe, expect, vi } from "vitest";
import { packageIndexKey } from "../../../protocol/storage-keys.ts";
import type { IndexEntry } from "../../../image/names/index-entry.ts";
import { IndexError } from "../../../origin/package-index/index-error.ts";
import type { IndexableSource, NamedPackages } from "../../../origin/package-index/package-index.ts";
import type { Architecture } from "../../../protocol/image-name.ts";
import { publishIndex } from "../../../origin/package-index/published-index.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import type { ObjectStore, PutOptions } from "../../../origin/stores/object-store.ts";
import { rejection, test } from "../fixtures.ts";

const NEVER = new AbortController().signal;
const INDEX = { source: "starter", revision: "r1", packages: [["git", "2.51", "Version control"]] } as const;

const FOUND: IndexEntry = { kind: "package", attribute: "git", paths: [`/nix/store/${"0".repeat(32)}-git`] };
const NAMED: NamedPackages = {
  index: INDEX,
  entries: new Map([["git", FOUND]]),
  sets: new Map([["", ["git"]]]),
  forget: async () => {},
};

/** A store that keeps headers, like R2. */
function setUp(directory: string, changes: Partial<IndexableSource> = {}) {
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
  const listNames = vi.fn<(architecture: Architecture) => Promise<NamedPackages>>(async () => NAMED);
  const { source, revision } = INDEX;
  const architectures: readonly Architecture[] = ["amd64"];
  const indexable = {
    source,
    revision,
    architectures,
    namesPrefix: async () => undefined,
    list,
    listNames,
    ...changes,
  };
  const publish = (state: string | undefined) => publishIndex(store, { ...indexable, state }, NEVER);
  return { store, headers, list, listNames, publish };
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
    metadata: { version: "1", state: "s1" },
  });
});

test("packages are listed again only if the state has changed", async ({ directory }) => {
  const { list, publish } = setUp(directory);
  for (const state of ["s1", "s1", "s2", "s2"]) await publish(state);
  expect(list).toHaveBeenCalledTimes(2);
  expect((await publish("s2")).index).toBeUndefined();
});

test("a list of another version is made again", async ({ directory }) => {
  const { headers, list, publish } = setUp(directory);
  const { key } = await publish("s1");
  headers.set(key, { contentType: "application/json", metadata: { version: "99", state: "s1" } });
  await publish("s1");
  expect([list.mock.calls.length, headers.get(key)?.metadata]).toEqual([2, { version: "1", state: "s1" }]);
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

describe("with an index of names", () => {
  const CHANGES = {
    architectures: ["amd64", "arm64"],
    namesPrefix: async (architecture: Architecture) => `index/s/r/${architecture}/`,
  } as const;

  test("one evaluation gives the list and the names, and each architecture has its own names", async ({
    directory,
  }) => {
    const { list, listNames, publish, headers } = setUp(directory, CHANGES);
    const { index, names } = await publish("s1");
    expect(index).toEqual(INDEX);
    expect(names).toMatchObject([
      { architecture: "amd64", names: 1, shards: 1 },
      { architecture: "arm64", names: 1, shards: 1 },
    ]);
    expect([list.mock.calls.length, listNames.mock.calls]).toEqual([0, [["amd64"], ["arm64"]]]);
    const keys = [...headers.keys()].slice(1).map((key) => key.replace("index/s/r/", ""));
    const objects = (system: string) => [`${system}/names`, `${system}/shard-`];
    expect(keys.slice(0, 2).toSorted()).toEqual(objects("amd64"));
    expect(keys.slice(3, 5).toSorted()).toEqual(objects("arm64"));
    expect([keys[2], keys[5]]).toEqual(["amd64/meta", "arm64/meta"]);
  });

  test("only the missing part is made", async ({ directory }) => {
    const { listNames, publish, store } = setUp(directory, CHANGES);
    await publish("s1");
    listNames.mockClear();
    expect(await publish("s1")).toMatchObject({ index: undefined, names: [] });
    expect(listNames).not.toHaveBeenCalled();
    await rm(join(directory, "index/s/r/arm64/meta"));
    expect((await publish("s1")).names).toMatchObject([{ architecture: "arm64" }]);
    expect(await store.head("index/s/r/arm64/meta")).toBeDefined();
  });

  test("the list is made without the names if they take too long", async ({ directory }) => {
    const { list, listNames, publish } = setUp(directory, CHANGES);
    listNames.mockRejectedValueOnce(new IndexError("too slow"));
    const { index, names, skipped } = await publish("s1");
    expect([index, list.mock.calls.length]).toEqual([INDEX, 1]);
    expect(names).toMatchObject([{ architecture: "arm64" }]);
    expect(skipped).toEqual([{ architecture: "amd64", reason: "too slow" }]);
  });

  test("the parts of an interrupted run are removed when the index is written", async ({ directory }) => {
    const { listNames, publish, store } = setUp(directory, CHANGES);
    const wasWritten: boolean[] = [];
    const forget = async () => void wasWritten.push((await store.head("index/s/r/amd64/meta")) !== undefined);
    listNames.mockResolvedValueOnce({ ...NAMED, forget });
    await publish("s1");
    expect(wasWritten).toEqual([true]);
  });
});
