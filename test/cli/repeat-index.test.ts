import { expect, test, vi } from "vitest";
import { CliError } from "../../cli/cli-error.ts";
import type { IndexResult } from "../../cli/index-command.ts";
import { parseIndexInterval, repeatIndex } from "../../cli/repeat-index.ts";
import { rejection } from "../origin/fixtures.ts";

const SAME: IndexResult = {
  source: "starter",
  revision: "r1",
  packages: undefined,
  failures: 0,
  names: [],
  place: "k",
};
const NEW: IndexResult = { ...SAME, packages: 325 };
const STOPPED = new Error("stopped");

/** Runs once for each outcome, and is then stopped. */
async function repeat(...outcomes: readonly (IndexResult | Error)[]) {
  const stop = new AbortController();
  const [onResult, onFailure] = [vi.fn(), vi.fn()];
  let count = 0;
  const run = async () => {
    const outcome = outcomes[count++];
    if (outcome === undefined) stop.abort(STOPPED);
    if (outcome instanceof Error) throw outcome;
    return outcome ?? SAME;
  };
  const error = await rejection(repeatIndex({ run, intervalS: 0.001, onResult, onFailure, signal: stop.signal }));
  return { error, results: onResult.mock.calls.flat(), failures: onFailure.mock.calls.flat() };
}

test("the first result is told, and then each new one", async () => {
  const { error, results } = await repeat(SAME, SAME, NEW, SAME);
  expect([error, results]).toEqual([STOPPED, [SAME, NEW]]);
});

test("it goes on after an expected failure, and tells it once", async () => {
  const down = new CliError("the source is down");
  const { error, results, failures } = await repeat(SAME, down, down, NEW, down);
  expect([error, results, failures]).toEqual([STOPPED, [SAME, NEW], [down, down]]);
});

test("it ends if the first run fails, because the settings may be wrong", async () => {
  const wrong = new CliError("no such bucket");
  expect((await repeat(wrong)).error).toBe(wrong);
});

test("it ends with an unexpected error", async () => {
  const defect = new TypeError("a defect");
  expect((await repeat(SAME, defect)).error).toBe(defect);
});

test("the interval is a setting", () => {
  expect(parseIndexInterval({ CORNICE_INDEX_INTERVAL: "60" })).toBe(60);
  expect(() => parseIndexInterval({ CORNICE_INDEX_INTERVAL: "0" })).toThrow("CORNICE_INDEX_INTERVAL");
});
