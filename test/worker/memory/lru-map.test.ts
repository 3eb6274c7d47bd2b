import { expect, test } from "vitest";
import { LruMap } from "../../../worker/memory/lru-map.ts";

/** The size of an entry with a key of four characters. The value is the size of the value. */
const entrySize = (value: number) => value + 2 * 4 + 128;

function mapOf(maxBytes: number): LruMap<number> {
  return new LruMap(maxBytes, (value) => value);
}

test("the last used entries stay", () => {
  const map = mapOf(3 * entrySize(100));
  for (const key of ["key1", "key2", "key3"]) map.set(key, 100);
  map.get("key1");
  map.set("key4", 100);
  expect(["key1", "key2", "key3", "key4"].map((key) => map.get(key))).toEqual([100, undefined, 100, 100]);
});

test("an entry that is used again and again is removed last, but is removed", () => {
  const map = mapOf(2 * entrySize(100));
  map.set("key1", 100);
  map.set("key2", 100);
  for (let use = 0; use < 3; use++) map.get("key1");
  map.set("key3", 100);
  expect(["key1", "key2"].map((key) => map.get(key))).toEqual([100, undefined]);
  map.delete("key1");
  map.set("key1", 50);
  map.set("key4", 100);
  expect(["key1", "key3", "key4"].map((key) => map.get(key))).toEqual([50, undefined, 100]);
  expect(map.bytes).toBe(entrySize(50) + entrySize(100));
});

test("a large value removes several small ones", () => {
  const map = mapOf(1000);
  for (const key of ["key1", "key2", "key3"]) map.set(key, 100);
  map.set("key4", 600);
  expect(["key1", "key2", "key3", "key4"].map((key) => map.get(key))).toEqual([undefined, undefined, 100, 600]);
  expect(map.bytes).toBe(entrySize(100) + entrySize(600));
});

test("a value that is larger than the map is not kept, and the old value of its key is removed", () => {
  const map = mapOf(1000);
  map.set("key1", 100);
  map.set("key2", 100);
  map.set("key1", 2000);
  expect([map.get("key1"), map.get("key2"), map.bytes]).toEqual([undefined, 100, entrySize(100)]);
});

test("replacing a value counts it once", () => {
  const map = mapOf(1000);
  for (let count = 0; count < 100; count++) map.set("key1", 300);
  expect([map.get("key1"), map.bytes]).toEqual([300, entrySize(300)]);
});

test("a million keys take no more than the limit", () => {
  const map = mapOf(100_000);
  for (let index = 0; index < 1_000_000; index++) map.set(`tag/${index}`, 16);
  expect(map.bytes).toBeLessThanOrEqual(100_000);
  expect(map.get("tag/999999")).toBe(16);
  expect(map.get("tag/0")).toBeUndefined();
});
