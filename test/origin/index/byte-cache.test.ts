import { expect, test } from "vitest";
import { ByteCache } from "../../../origin/index/byte-cache.ts";

const kept = (cache: ByteCache<string>) => ["a", "b", "c"].filter((key) => cache.get(key) !== undefined);

test("the value that was used least recently goes first", () => {
  const cache = new ByteCache<string>(10);
  cache.set("a", "A", 4);
  cache.set("b", "B", 4);
  expect(cache.get("a")).toBe("A");
  cache.set("c", "C", 4);
  expect(kept(cache)).toEqual(["a", "c"]);
});

test("a value that is set again counts once", () => {
  const cache = new ByteCache<string>(10);
  for (const value of ["1", "2", "3"]) cache.set("a", value, 4);
  cache.set("b", "B", 4);
  expect(kept(cache)).toEqual(["a", "b"]);
});

test("a value that is too large is not kept", () => {
  const cache = new ByteCache<string>(10);
  cache.set("a", "A", 11);
  expect(kept(cache)).toEqual([]);
});
