import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createPace, type Pace } from "../../../origin/stores/kv-pace.ts";

const BURST = 300;

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

function startPace(signal = new AbortController().signal) {
  const holds: number[] = [];
  const clock = {
    steady: Date.now,
    async sleep(ms: number) {
      await new Promise((resolve) => setTimeout(resolve, ms));
      signal.throwIfAborted();
    },
  };
  return { ...createPace({ clock, signal, onHold: (ms) => holds.push(ms) }), holds };
}

/** When so many calls begin that are made at once, in seconds. */
async function beginsOf(pace: Pace, count: number): Promise<readonly number[]> {
  const begins = Array.from({ length: count }, () => pace.turn().then(() => Date.now() / 1000));
  await vi.runAllTimersAsync();
  return Promise.all(begins);
}

describe("calls of upkeep", () => {
  test("begin at once, as long as they are few", async () => {
    expect(new Set(await beginsOf(startPace(), BURST))).toEqual(new Set([0]));
  });

  test("begin twice a second, if they are many", async () => {
    expect((await beginsOf(startPace(), BURST + 4)).slice(BURST)).toEqual([0.5, 1, 1.5, 2]);
  });

  test("are fewer than 900 in any five minutes", async () => {
    const begins = await beginsOf(startPace(), 2000);
    const within = begins.map((begin) => begins.filter((other) => other >= begin && other < begin + 300).length);
    expect(Math.max(...within)).toBe(899);
  });

  test("begin at once again after a rest", async () => {
    const pace = startPace();
    await beginsOf(pace, BURST);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await beginsOf(pace, 22)).toEqual([...Array.from({ length: 20 }, () => 10), 10.5, 11]);
  });
});

describe("after KV has refused a call", () => {
  test("none begins before the time that KV says, and then two a second", async () => {
    const pace = startPace();
    pace.hold(20_000);
    expect(await beginsOf(pace, 3)).toEqual([20, 20.5, 21]);
  });

  test("a call whose turn has come nearly waits, too", async () => {
    const pace = startPace();
    await beginsOf(pace, BURST);
    const waiting = beginsOf(pace, 2);
    pace.hold(20_000);
    expect(await waiting).toEqual([20, 20.5]);
  });

  test.each([
    [undefined, 160],
    [300_000, 240],
    [1000, 1],
  ])("with %s as its time, the wait is %i s", async (asked, seconds) => {
    const pace = startPace();
    pace.hold(asked);
    expect(await beginsOf(pace, 1)).toEqual([seconds]);
  });

  test("the operator is told once, however many calls were refused", async () => {
    const pace = startPace();
    pace.hold(20_000);
    pace.hold(21_000);
    await vi.advanceTimersByTimeAsync(22_000);
    pace.hold(1000);
    expect(pace.holds).toEqual([20_000, 1000]);
  });
});

test("nobody waits on after the end of the command", async () => {
  const stop = new AbortController();
  const pace = startPace(stop.signal);
  pace.hold(20_000);
  stop.abort(new Error("stopped"));
  const ended = expect(pace.turn()).rejects.toThrow("stopped");
  await vi.runAllTimersAsync();
  await ended;
});
