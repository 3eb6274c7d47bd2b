import { expect, test, vi } from "vitest";
import { createBuildLog } from "../../../origin/builds/build-log.ts";

test("lines are written as they come, and passed on", () => {
  const log = vi.fn();
  const next = { phase: vi.fn(), log: vi.fn(), work: vi.fn(), layer: vi.fn() };
  const { report } = createBuildLog(next, log, () => 0);
  report.phase("evaluate");
  report.log("copying path");
  expect(log.mock.calls).toEqual([["copying path"]]);
  expect(next.log.mock.calls).toEqual([["copying path"]]);
  expect(next.phase.mock.calls).toEqual([["evaluate"]]);
  // No lines of the log: passed on as they are.
  expect([report.work, report.layer]).toEqual([next.work, next.layer]);
});

test("the summary has the time of each phase, the last one up to now", () => {
  let now = 5000;
  const log = createBuildLog({ phase: vi.fn(), log: vi.fn() }, vi.fn(), () => now);
  now += 10;
  log.report.phase("resolve");
  now += 200;
  log.report.phase("evaluate");
  now += 1900;
  log.report.phase("pack");
  now += 200;
  expect(log.summary()).toBe("built in 2.31 s: resolve 0.20, evaluate 1.90, pack 0.20");
});
