import { afterEach, expect, test, vi } from "vitest";
import { BodySlots } from "../../../worker/memory/body-slots.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("a body gets one slot at a time", () => {
  const slots = new BodySlots(32);
  expect([slots.begin("a"), slots.begin("a"), slots.begin("b")]).toEqual([true, false, true]);
  slots.end("a");
  expect([slots.begin("a"), slots.begin("b")]).toEqual([true, false]);
});

test("no more bodies get slots than allowed", () => {
  const slots = new BodySlots(32);
  const begun = Array.from({ length: 1000 }, (_, index) => slots.begin(`blob ${index}`));
  expect(begun.filter(Boolean)).toHaveLength(32);
  slots.end("blob 0");
  expect([slots.begin("next"), slots.begin("after next")]).toEqual([true, false]);
});

test("a body that never ends does not keep its slot for ever", () => {
  const slots = new BodySlots(32);
  const now = Date.now();
  slots.begin("a");
  vi.spyOn(Date, "now").mockReturnValue(now + 599_000);
  expect(slots.begin("a")).toBe(false);
  vi.spyOn(Date, "now").mockReturnValue(now + 601_000);
  expect(slots.begin("a")).toBe(true);
});
