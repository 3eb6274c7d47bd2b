import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTimeLimit } from "../../../origin/nix/time-limit.ts";

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => vi.useRealTimers());

/** Work that takes this long on the fake clock. */
const work = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test("a time limit aborts when its time is over", () => {
  const limit = createTimeLimit(1000);
  vi.advanceTimersByTime(999);
  expect(limit.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(limit.signal.aborted).toBe(true);
});

test("a time limit does not count work that has another limit", async () => {
  const limit = createTimeLimit(1000);
  vi.advanceTimersByTime(900);
  const waiting = limit.without(() => work(5000));
  await vi.advanceTimersByTimeAsync(5000);
  await waiting;
  vi.advanceTimersByTime(99);
  expect(limit.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(limit.signal.aborted).toBe(true);
});

test("a time limit goes on after work that failed", async () => {
  const limit = createTimeLimit(1000);
  await expect(limit.without(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  vi.advanceTimersByTime(1000);
  expect(limit.signal.aborted).toBe(true);
});

test("a time limit that has ended aborts nothing", () => {
  const limit = createTimeLimit(1000);
  limit.end();
  vi.advanceTimersByTime(2000);
  expect(limit.signal.aborted).toBe(false);
});
