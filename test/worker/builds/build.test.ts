import { afterEach, expect, test, vi } from "vitest";
import type { BuildOutcome } from "../../../protocol/build-events.ts";
import { newBuildState } from "../../../protocol/build-state.ts";
import { Build } from "../../../worker/builds/build.ts";

const FAILED: BuildOutcome = { event: "error", code: "MANIFEST_UNKNOWN", message: "no such package" };

afterEach(() => {
  vi.useRealTimers();
});

const ASKED = { tag: "latest", freshnessMs: 300_000 };

test("waiting clients get the outcome as soon as it is there, and later clients at once", async () => {
  const build = new Build("git:latest");
  const waiting = [build.wait(60_000), build.wait(60_000)];
  build.end(FAILED);
  expect(await Promise.all([...waiting, build.wait(0)])).toEqual([FAILED, FAILED, FAILED]);
});

test("a client whose time is over gets no outcome, and the others go on waiting", async () => {
  const build = new Build("git:latest");
  const patient = build.wait(60_000);
  expect(await build.wait(10)).toBeUndefined();
  expect(build.isRunning).toBe(true);
  build.end(FAILED);
  expect(await patient).toEqual(FAILED);
});

test("clients that have left leave nothing behind, not even a timer", async () => {
  vi.useFakeTimers();
  const build = new Build("git:latest");
  const left = build.wait(25_000);
  await vi.advanceTimersByTimeAsync(25_000);
  await left;
  const waiting = build.wait(25_000);
  build.end(FAILED);
  await waiting;
  expect(vi.getTimerCount()).toBe(0);
});

test("a running build is never forgotten, and an ended one when its outcome is too old", () => {
  const build = new Build("git:latest");
  expect(build.isForgotten(Date.now() + 86_400_000, ASKED)).toBe(false);
  build.end(FAILED);
  expect(build.isForgotten(Date.now() + 29_000, ASKED)).toBe(false);
  expect(build.isForgotten(Date.now() + 30_000, ASKED)).toBe(true);
});

test("its state has all events, with times", () => {
  vi.useFakeTimers({ now: 1000 });
  const build = new Build("git:latest");
  build.tell({ at: 1500, event: { event: "queued" } });
  build.tell({ at: 2000, event: { event: "phase", phase: "evaluate" } });
  build.tell({ at: 2000, event: { event: "log", line: "evaluating" } });
  build.tell({ at: 3000, event: { event: "phase", phase: "realise" } });
  const state = {
    ...newBuildState("git:latest", 1000),
    phases: [
      { phase: "evaluate", at: 2000 },
      { phase: "realise", at: 3000 },
    ],
    log: { dropped: 0, lines: ["evaluating"] },
  };
  expect(build.state).toEqual(state);
  vi.setSystemTime(4000);
  build.tell({ at: 3500, event: { event: "log", line: "giving up" } });
  build.end(FAILED);
  expect(build.state).toEqual({
    ...state,
    log: { dropped: 0, lines: ["evaluating", "giving up"] },
    end: { at: 4000, outcome: FAILED },
  });
});

test("a long log is applied as it comes, even if nobody reads the state", () => {
  const build = new Build("git:latest");
  const line = "x".repeat(100);
  for (let count = 0; count < 1_000_000; count++) build.tell({ at: 0, event: { event: "log", line } });
  expect(build.state.log.lines).toHaveLength(500);
  expect(build.state.log.dropped).toBe(999_500);
});
