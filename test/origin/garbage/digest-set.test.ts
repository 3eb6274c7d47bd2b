import { expect, it } from "vitest";
import { createDigestSet } from "../../../origin/garbage/digest-set.ts";
import { hexOf } from "./bucket.ts";

it("knows each hash that was added, and no other, also when it grows", () => {
  const set = createDigestSet();
  const [added, others] = [0, 5000].map((start) =>
    Array.from({ length: 5000 }, (_, index) => hexOf(String(start + index))),
  );
  expect(added?.every((hex) => set.add(hex))).toBe(true);
  expect(set.size).toBe(5000);
  expect(added?.some((hex) => set.add(hex))).toBe(false);
  expect(added?.every((hex) => set.has(hex))).toBe(true);
  expect(others?.some((hex) => set.has(hex))).toBe(false);
});

it("tells hashes apart that share their first digits, and knows the hash of zeros", () => {
  const set = createDigestSet();
  const near = (end: string) => `${"0".repeat(31)}${end}${"0".repeat(32)}`;
  expect([near("2"), near("3"), near("0")].map((hex) => set.add(hex))).toEqual([true, true, true]);
  expect([near("2"), near("0"), near("4")].map((hex) => set.has(hex))).toEqual([true, true, false]);
});
