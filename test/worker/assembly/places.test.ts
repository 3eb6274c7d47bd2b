import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Places } from "../../../worker/assembly/places.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout"] });
});

afterEach(() => {
  vi.useRealTimers();
});

const endless = () => new Promise<never>(() => undefined);
const done = async () => "done";

async function settled(work: Promise<unknown>, ms: number): Promise<boolean> {
  let hasEnded = false;
  const end = () => (hasEnded = true);
  void work.then(end, end);
  await vi.advanceTimersByTimeAsync(ms);
  return hasEnded;
}

test("work runs at once if a place is free", async () => {
  expect(await new Places(1, 1000).run(done)).toBe("done");
});

test("work waits until other work has ended or failed", async () => {
  const places = new Places(1, 1000);
  const failing = places.run(async () => {
    await new Promise((resolve) => void setTimeout(resolve, 100));
    throw new Error("failed");
  });
  void failing.catch(() => undefined);
  const waiting = places.run(done);
  expect([await settled(waiting, 99), await settled(waiting, 50)]).toEqual([false, true]);
  await expect(failing).rejects.toThrow("failed");
});

test("a place that was never given back is free after the longest time of work", async () => {
  const places = new Places(2, 1000);
  void places.run(endless);
  void places.run(endless);
  const waiting = places.run(done);
  expect([await settled(waiting, 999), await settled(waiting, 50)]).toEqual([false, true]);
});
