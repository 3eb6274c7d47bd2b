import { hash } from "node:crypto";
import pLimit from "p-limit";
import { beforeEach, describe, expect, it } from "vitest";
import { CopyReader } from "../../../origin/garbage/copy-reader.ts";
import { StoreError } from "../../../origin/stores/object-store.ts";
import { createOperationCounter } from "../../../origin/stores/count-operations.ts";
import * as keys from "../../../protocol/storage-keys.ts";
import { Bucket, DAY, hexOf, HOUR } from "./bucket.ts";

describe("objects are read from KV", () => {
  let bucket: Bucket;
  beforeEach(async () => {
    bucket = new Bucket();
    await bucket.put("a", "A");
    await bucket.put("b", "B");
  });

  it("a hundred in one call, and none from R2", async () => {
    for (let count = 0; count < 250; count += 1) bucket.index.pairs.set(`copy-${count}`, `text ${count}`);
    const all = Array.from({ length: 250 }, (_, count) => object(`${count}`, `text ${count}`));
    const { texts, calls, operations } = await read(bucket, all);
    expect(texts).toEqual(new Map(all.map(({ key, text }) => [key, text])));
    expect(calls).toBe(3);
    expect(operations).toMatchObject({ kvReads: 250, r2Reads: 0 });
  });

  it("and from R2 if KV has none, an old one, or one that is too large", async () => {
    bucket.index.pairs.set("copy-b", "old");
    bucket.index.pairs.set("copy-c", "C".repeat(200));
    const { texts } = await read(bucket, [object("a", "A"), object("b", "B"), object("c", "C".repeat(200))]);
    expect(texts).toEqual(new Map([...Object.entries({ a: "A", b: "B" }), ["c", undefined]]));
  });

  it("until KV fails. Then R2 has everything", async () => {
    let calls = 0;
    const index = {
      ...bucket.index,
      readMany: async () => {
        calls += 1;
        throw new StoreError("KV does not answer");
      },
    };
    const reader = new CopyReader(bucket.store, index, pLimit(1));
    const texts: unknown[] = [];
    for (let count = 0; count < 3; count += 1)
      await reader.forEach([object("a", "A")], 100, async (_, text) => void texts.push(await text()));
    expect(texts).toEqual(["A", "A", "A"]);
    expect(calls).toBe(1);
  });

  it("but for no more than 200 calls, because Cloudflare limits them", async () => {
    const many = Array.from({ length: 400 }, () => object("a", "A"));
    let calls = 0;
    const index = { ...bucket.index, readMany: async () => ((calls += 1), new Map<string, string>()) };
    const reader = new CopyReader(bucket.store, index, pLimit(1));
    for (const each of many) await reader.forEach([each], 100, async (_, text) => void (await text()));
    expect(calls).toBe(200);
  });
});

describe("a collection", () => {
  it("believes R2 if KV has an older tag", async () => {
    const bucket = new Bucket();
    const [old, current] = [await bucket.image("old", { layers: ["1"] }), await bucket.image("new", { layers: ["2"] })];
    bucket.pass(31 * DAY);
    const tag = await bucket.tag("git", current);
    bucket.index.pairs.set(keys.keyOfStoredTag(tag), bucket.text(tag).replaceAll(current.oci, old.oci));
    bucket.pass(2 * HOUR);
    await bucket.collect();
    expect(bucket.keys).toContain(keys.manifestKey(current.oci));
    expect(bucket.keys).not.toContain(keys.manifestKey(old.oci));
  });

  it("knows from the list which request leads to a kept image, also if an older origin wrote it", async () => {
    const bucket = new Bucket();
    const image = await bucket.image("git", { layers: ["1"] });
    const [older, other] = [keys.requestKey(hexOf("older")), keys.requestKey(hexOf("other"))];
    await bucket.put(older, { image: hexOf("git") });
    await bucket.put(other, { image: hexOf("another image") });
    bucket.pass(31 * DAY);
    await bucket.tag("git", image);
    bucket.pass(2 * HOUR);
    await bucket.collect();
    expect(bucket.keys).toEqual(expect.arrayContaining([older, keys.requestKey(hexOf("request of git"))]));
    expect(bucket.keys).not.toContain(other);
  });
});

function object(key: string, text: string) {
  return { key, text, copyKey: `copy-${key}`, isCopy: (copy: string) => hash("md5", copy) === hash("md5", text) };
}

/** At most 100 bytes of each. */
async function read(bucket: Bucket, objects: readonly ReturnType<typeof object>[]) {
  let calls = 0;
  const counted = {
    ...bucket.index,
    readMany(names: readonly string[]) {
      calls += 1;
      return bucket.index.readMany(names);
    },
  };
  const counter = createOperationCounter();
  const reader = new CopyReader(counter.countStore(bucket.store), counter.countIndex(counted), pLimit(4));
  const texts = new Map<string, string | undefined>();
  await reader.forEach(objects, 100, async ({ key }, text) => void texts.set(key, await text()));
  return { texts, calls, operations: counter.operations() };
}
