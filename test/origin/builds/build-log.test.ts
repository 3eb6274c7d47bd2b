import { expect, test, vi } from "vitest";
import { createBuildLog } from "../../../origin/builds/build-log.ts";
import { recordEvents } from "../recorded-events.ts";

test("lines are written as they come, and passed on", () => {
  const log = vi.fn();
  const next = recordEvents();
  const { onEvent } = createBuildLog(next.onEvent, log, () => 0);
  const events = [
    { event: "phase", phase: "evaluate" },
    { event: "log", line: "copying path" },
    { event: "work", work: "build", name: "git-2.51.0", state: "started" },
  ] as const;
  events.forEach(onEvent);
  expect(log.mock.calls).toEqual([["copying path"]]);
  expect(next.events).toEqual(events);
});

test("the summary has the time of each phase; the last one lasts until now", () => {
  let now = 5000;
  const log = createBuildLog(vi.fn(), vi.fn(), () => now);
  now += 10;
  log.onEvent({ event: "phase", phase: "resolve" });
  now += 200;
  log.onEvent({ event: "phase", phase: "evaluate" });
  now += 1900;
  log.onEvent({ event: "phase", phase: "pack" });
  now += 200;
  expect(log.summary()).toBe("built in 2.31 s: resolve 0.20, evaluate 1.90, pack 0.20");
});
