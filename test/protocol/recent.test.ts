import { afterEach, expect, test, vi } from "vitest";
import { Recent } from "../../protocol/recent.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("a value is remembered for its lifetime, and then forgotten", () => {
  vi.useFakeTimers();
  const recent = new Recent<number>(10, 1000);
  recent.set("a", 1);
  vi.advanceTimersByTime(999);
  expect([recent.get("a"), recent.get("b")]).toEqual([1, undefined]);
  vi.advanceTimersByTime(1);
  expect(recent.get("a")).toBeUndefined();
});

test("the oldest value is forgotten first, and a value that is set again is the youngest", () => {
  const recent = new Recent<number>(2, 1000);
  for (const key of ["a", "b", "a", "c"]) recent.set(key, 1);
  expect(["a", "b", "c"].map((key) => recent.get(key))).toEqual([1, undefined, 1]);
});

test("a deleted value is forgotten", () => {
  const recent = new Recent<number>(2, 1000);
  recent.set("a", 1);
  recent.delete("a");
  expect(recent.get("a")).toBeUndefined();
});
