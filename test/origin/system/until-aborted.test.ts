import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { untilAborted } from "../../../origin/system/until-aborted.ts";
import { rejection } from "../fixtures.ts";

test("gives the result of the work", async () => {
  expect(await untilAborted(setTimeout(1, "done"), new AbortController().signal)).toBe("done");
});

test("gives the error of the work", async () => {
  const error = new Error("failed");
  expect(await rejection(untilAborted(Promise.reject(error), new AbortController().signal))).toBe(error);
});

test("ends when the signal aborts, and the work goes on", async () => {
  const stop = new AbortController();
  const work = setTimeout(20, "done");
  const waiting = untilAborted(work, stop.signal);
  const reason = new Error("stopped");
  stop.abort(reason);
  expect(await rejection(waiting)).toBe(reason);
  expect(await rejection(untilAborted(work, stop.signal))).toBe(reason);
  expect(await work).toBe("done");
});
