import { createHash, randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import type { ListedObject, MaintainedStore } from "../../../origin/stores/maintained-store.ts";
import { readText } from "../../../origin/stores/object-store.ts";

const OPTIONS = { contentType: "application/octet-stream" };
const MAX_BYTES = 1000;
/** More than one page. */
const MANY = 1001;
/** The clocks of the store and of this machine may differ by this much. */
const CLOCK_TOLERANCE_MS = 60_000;

/** The tests that every store for upkeep passes. Their keys are new, so the store may be shared, and need not be empty. */
export function describeMaintainedStore(name: string, create: () => Promise<MaintainedStore>): void {
  describe(`${name} can be maintained`, () => {
    let store: MaintainedStore;
    beforeAll(async () => {
      store = await create();
    });

    test("objects are listed in the order of their keys, with size and time", async () => {
      const prefix = newPrefix();
      await put(store, [`${prefix}b`, `${prefix}a/c`, `${prefix}a`], "größe");
      const listed = await list(store, prefix);
      expect(listed.map(({ key, size }) => [key.slice(prefix.length), size])).toEqual([
        ["a", 7],
        ["a/c", 7],
        ["b", 7],
      ]);
      for (const { modifiedAt, md5 } of listed) {
        expect(md5).toBe(createHash("md5").update("größe").digest("hex"));
        expect(Math.abs(Date.now() - modifiedAt)).toBeLessThan(CLOCK_TOLERANCE_MS);
        expect(modifiedAt % 1000).toBe(0);
      }
    });

    test("keys with any characters are listed as they are", async () => {
      const prefix = newPrefix();
      const keys = [" ", "%2F", "&amp;", "+", "<a>", "ä", "\u0001"].map((ending) => prefix + ending);
      await put(store, keys);
      expect(new Set(await listedKeys(store, prefix))).toEqual(new Set(keys));
    });

    test("only objects with the prefix are listed, and only behind the given key", async () => {
      const prefix = newPrefix();
      await put(store, [`${prefix}a/1`, `${prefix}a/2`, `${prefix}a/3`, `${prefix}ab`]);
      expect(await listedKeys(store, `${prefix}a/`)).toEqual([`${prefix}a/1`, `${prefix}a/2`, `${prefix}a/3`]);
      expect(await listedKeys(store, `${prefix}a/`, `${prefix}a/1`)).toEqual([`${prefix}a/2`, `${prefix}a/3`]);
      expect(await listedKeys(store, `${prefix}a/`, `${prefix}a/3`)).toEqual([]);
      expect(await listedKeys(store, `${prefix}none/`)).toEqual([]);
    });

    test("only the given objects are removed, and a missing one is no error", async () => {
      const prefix = newPrefix();
      await put(store, [`${prefix}<&>`, `${prefix}kept`]);
      await store.remove([`${prefix}<&>`, `${prefix}missing`]);
      await store.remove([]);
      expect(await listedKeys(store, prefix)).toEqual([`${prefix}kept`]);
    });

    test("a version has the bytes and the time of the list. A larger or missing object is undefined", async () => {
      const key = `${newPrefix()}version`;
      await put(store, [key], "größe");
      const version = await store.readVersion(key, 7);
      expect(String(version?.bytes)).toBe("größe");
      expect(version?.contentType).toBe(OPTIONS.contentType);
      expect(version?.modifiedAt).toBe((await list(store, key))[0]?.modifiedAt);
      expect(await store.readVersion(key, 6)).toBeUndefined();
      expect(await store.readVersion(`${key}-missing`, MAX_BYTES)).toBeUndefined();
    });

    test("a version with a content encoding has the bytes as they were put", async () => {
      const [key, bytes] = [newPrefix(), gzipSync("größe")];
      await store.put(key, { kind: "bytes", bytes }, { ...OPTIONS, contentEncoding: "gzip" });
      expect((await store.readVersion(key, MAX_BYTES))?.bytes).toEqual(bytes);
    });

    test("an object is put only where none is, if no version is expected", async () => {
      const key = `${newPrefix()}new`;
      expect(await store.replace(key, Buffer.from("1"), undefined)).toBe(true);
      expect(await store.replace(key, Buffer.from("2"), undefined)).toBe(false);
      expect(await readText(store, key, MAX_BYTES)).toBe("1");
    });

    test("an object is replaced only if it is still the expected version", async () => {
      const key = `${newPrefix()}changed`;
      await put(store, [key], "1");
      const etag = (await store.readVersion(key, MAX_BYTES))?.etag;
      expect(await store.replace(key, Buffer.from("2"), etag)).toBe(true);
      expect(await store.replace(key, Buffer.from("3"), etag)).toBe(false);
      expect(await readText(store, key, MAX_BYTES)).toBe("2");
      await store.remove([key]);
      expect(await store.replace(key, Buffer.from("4"), etag)).toBe(false);
      expect(await store.head(key)).toBeUndefined();
    });

    test("of many that replace one version at a time, one succeeds", async () => {
      const key = `${newPrefix()}raced`;
      for (const round of ["a", "b", "c"]) {
        const etag = (await store.readVersion(key, MAX_BYTES))?.etag;
        const texts = Array.from({ length: 10 }, (_, index) => `${round}${index}`);
        const results = await Promise.all(texts.map((text) => store.replace(key, Buffer.from(text), etag)));
        expect(results.filter((isPut) => isPut)).toHaveLength(1);
        expect(await readText(store, key, MAX_BYTES)).toBe(texts[results.indexOf(true)]);
      }
    });

    test("an object is put anew with the same bytes, and gets a new time", async () => {
      const key = `${newPrefix()}again`;
      await put(store, [key]);
      const before = await store.readVersion(key, MAX_BYTES);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      expect(await store.replace(key, Buffer.from("x"), before?.etag)).toBe(true);
      const after = await store.readVersion(key, MAX_BYTES);
      expect(after?.modifiedAt).toBeGreaterThan(before?.modifiedAt ?? Infinity);
    });
  });
}

/** The test of more than a thousand objects. Local stores take seconds to put so many. */
export function describeManyObjects(name: string, create: () => Promise<MaintainedStore>): void {
  test(`${name} lists objects of several pages once each, also if each page is removed at once`, async () => {
    const store = await create();
    const prefix = newPrefix();
    const keys = Array.from({ length: MANY }, (_, index) => `${prefix}${String(index).padStart(4, "0")}`);
    await Promise.all(keys.map((key) => put(store, [key])));
    expect(await listedKeys(store, prefix)).toEqual(keys);
    const removed: string[] = [];
    for await (const page of store.list(prefix)) {
      const pageKeys = page.map(({ key }) => key);
      await store.remove(pageKeys);
      removed.push(...pageKeys);
    }
    expect(removed).toEqual(keys);
    expect(await list(store, prefix)).toEqual([]);
  });
}

async function put(store: MaintainedStore, keys: readonly string[], text = "x"): Promise<void> {
  for (const key of keys) await store.put(key, { kind: "bytes", bytes: Buffer.from(text) }, OPTIONS);
}

async function list(store: MaintainedStore, prefix: string, after?: string): Promise<readonly ListedObject[]> {
  return (await Array.fromAsync(store.list(prefix, after))).flat();
}

async function listedKeys(store: MaintainedStore, prefix: string, after?: string): Promise<readonly string[]> {
  return (await list(store, prefix, after)).map(({ key }) => key);
}

function newPrefix(): string {
  return `upkeep/${randomUUID()}/`;
}
