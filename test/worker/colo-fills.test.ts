import { afterEach, expect, test, vi } from "vitest";
import { ColoFills } from "../../worker/colo-fills.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("a blob is filled once at a time", () => {
  const fills = new ColoFills();
  expect([fills.begin("a"), fills.begin("a"), fills.begin("b")]).toEqual([true, false, true]);
  fills.end("a");
  expect([fills.begin("a"), fills.begin("b")]).toEqual([true, false]);
});

test("so many at a time and no more", () => {
  const fills = new ColoFills();
  const begun = Array.from({ length: 1000 }, (_, index) => fills.begin(`blob ${index}`));
  expect(begun.filter(Boolean)).toHaveLength(32);
  fills.end("blob 0");
  expect([fills.begin("next"), fills.begin("after next")]).toEqual([true, false]);
});

test("a fill that never ended does not stand in the way for ever", () => {
  const fills = new ColoFills();
  const now = Date.now();
  fills.begin("a");
  vi.spyOn(Date, "now").mockReturnValue(now + 599_000);
  expect(fills.begin("a")).toBe(false);
  vi.spyOn(Date, "now").mockReturnValue(now + 601_000);
  expect(fills.begin("a")).toBe(true);
});
