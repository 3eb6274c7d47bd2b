import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import type { KvIndex } from "../../../origin/stores/kv-index.ts";
import type { EntryList, MaintainedIndex } from "../../../origin/stores/maintained-store.ts";

/** More than one page. */
const MANY = 1001;

type FullIndex = KvIndex & MaintainedIndex & EntryList;

/** The tests that every index for upkeep passes. Their keys are new, so the index may be shared, and need not be empty. */
export function describeMaintainedIndex(name: string, create: () => Promise<FullIndex>): void {
  describe(`${name} can be maintained`, () => {
    let index: FullIndex;
    beforeAll(async () => {
      index = await create();
    });

    test("a value is read as it was written. A missing key is undefined", async () => {
      const key = `${newPrefix()}sha256:a/b c?ä`;
      await index.put([{ key, value: '{"ü":1}' }]);
      expect([await index.read(key), await index.read(`${key}-missing`)]).toEqual(['{"ü":1}', undefined]);
    });

    test("many values are read as they were written. Missing keys are left out", async () => {
      const prefix = newPrefix();
      const pairs = Array.from({ length: 101 }, (_, count) => ({
        key: `${prefix}ä ${count}`,
        value: `{"ü":${count}}`,
      }));
      await index.put(pairs);
      const found = await index.readMany([`${prefix}missing`, ...pairs.map(({ key }) => key), `${prefix}__proto__`]);
      expect([...found]).toEqual(pairs.map(({ key, value }) => [key, value]));
      expect((await index.readMany([])).size).toBe(0);
    });

    test("only keys with the prefix are listed", async () => {
      const prefix = newPrefix();
      const keys = [`${prefix}a/1`, `${prefix}a/&=#ä`, `${prefix}b`];
      await index.put(keys.map((key) => ({ key, value: "x", metadata: { m: "1" } })));
      expect(new Set(await list(index, `${prefix}a/`))).toEqual(new Set(keys.slice(0, 2)));
      expect(await list(index, `${prefix}none/`)).toEqual([]);
    });

    test("entries are listed in the order of their keys, with their metadata", async () => {
      const prefix = newPrefix();
      const [a, nested, b] = [`${prefix}a`, `${prefix}a/1`, `${prefix}b`];
      await index.put([
        { key: b, value: "x", metadata: { mediaType: "b" } },
        { key: a, value: "x", metadata: { mediaType: "a" } },
        { key: nested, value: "x" },
      ]);
      expect((await Array.fromAsync(index.listEntries(prefix))).flat()).toEqual([
        { key: a, metadata: { mediaType: "a" } },
        { key: nested, metadata: {} },
        { key: b, metadata: { mediaType: "b" } },
      ]);
    });

    test("only the given keys are removed, and a missing one is no error", async () => {
      const prefix = newPrefix();
      await index.put([`${prefix}a`, `${prefix}kept`].map((key) => ({ key, value: "x" })));
      await index.remove([`${prefix}a`, `${prefix}missing`]);
      await index.remove([]);
      expect([await list(index, prefix), await index.read(`${prefix}a`)]).toEqual([[`${prefix}kept`], undefined]);
    });
  });
}

/** The test of more than a thousand keys. The local KV takes seconds to write so many. */
export function describeManyKeys(name: string, create: () => Promise<KvIndex & MaintainedIndex>): void {
  test(`${name} lists keys of several pages once each, and removes them at once`, async () => {
    const index = await create();
    const prefix = newPrefix();
    const keys = Array.from({ length: MANY }, (_, count) => `${prefix}${String(count).padStart(4, "0")}`);
    await index.put(keys.map((key) => ({ key, value: "x" })));
    expect((await list(index, prefix)).toSorted()).toEqual(keys);
    await index.remove(keys);
    expect(await list(index, prefix)).toEqual([]);
  });
}

async function list(index: MaintainedIndex, prefix: string): Promise<readonly string[]> {
  return (await Array.fromAsync(index.list(prefix))).flat();
}

function newPrefix(): string {
  return `upkeep/${randomUUID()}/`;
}
