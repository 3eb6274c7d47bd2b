import { expect, test } from "vitest";
import { parseCollectionTimes } from "../../../origin/garbage/settings.ts";
import { type Environment, Settings } from "../../../origin/system/settings.ts";
import { DAY, MINUTE } from "./bucket.ts";

function timesOf(env: Environment, call = {}) {
  const settings = new Settings(env);
  const { keepMs, keepBuiltMs, graceMs } = parseCollectionTimes(settings, call);
  settings.throwIfAny();
  return [keepMs / DAY, keepBuiltMs / DAY, graceMs / MINUTE];
}

test("the call counts more than the settings, and the settings more than the defaults", () => {
  expect(timesOf({})).toEqual([90, 90, 60]);
  expect(timesOf({ CORNICE_GC_KEEP_DAYS: "30" })).toEqual([30, 30, 60]);
  const env = { CORNICE_GC_KEEP_DAYS: "30", CORNICE_GC_KEEP_BUILT_DAYS: "7", CORNICE_GC_GRACE_MINUTES: "90" };
  expect(timesOf(env)).toEqual([30, 7, 90]);
  expect(timesOf(env, { keepDays: 10, keepBuiltDays: 0, graceMinutes: 5 })).toEqual([10, 0, 5]);
  expect(timesOf({}, { keepDays: 10 })).toEqual([10, 10, 60]);
});

test("a value out of range is refused", () => {
  expect(() => timesOf({ CORNICE_GC_KEEP_DAYS: "-1" })).toThrow("from 0 to 36525");
  expect(() => timesOf({ CORNICE_GC_GRACE_MINUTES: "10081" })).toThrow("from 0 to 10080");
});
