import { expect, test } from "vitest";
import { buildWhole } from "../../../origin/builds/build-again.ts";
import { outage } from "../../../origin/builds/outage.ts";
import { SweepOutage, SweptAway } from "../../../origin/sweeps/sweep-errors.ts";
import { containing } from "../../matchers.ts";
import { rejection } from "../fixtures.ts";
import { recordEvents } from "../recorded-events.ts";

/** A build that fails with these errors, one after the other. */
function failingBuild(...errors: readonly Error[]) {
  const left = [...errors];
  return async () => {
    const error = left.shift();
    if (error) throw error;
    return "built";
  };
}

const SWEPT = new SweptAway(["blobs/sha256/1", "blobs/sha256/2"]);

test("an image of which a collection has removed parts is built again, and the log says why", async () => {
  const { onEvent, events } = recordEvents();
  expect(await buildWhole({ onEvent }, failingBuild(SWEPT, SWEPT))).toBe("built");
  const line = "a garbage collection has removed 2 objects meanwhile, such as blobs/sha256/1";
  expect(events).toEqual([
    { event: "log", line },
    { event: "log", line },
  ]);
});

test("three attempts are enough. Any other error ends the build at once", async () => {
  const { onEvent } = recordEvents();
  expect(await rejection(buildWhole({ onEvent }, failingBuild(SWEPT, SWEPT, SWEPT)))).toBe(SWEPT);
  const down = new SweepOutage("down");
  expect(await rejection(buildWhole({ onEvent }, failingBuild(down)))).toBe(down);
});

test("the client gets a sentence that says when to pull again", () => {
  expect([outage(SWEPT), outage(new SweepOutage("pull again in a minute"))]).toMatchObject([
    { code: "UNAVAILABLE", message: containing("pull again in a minute") },
    { code: "UNAVAILABLE", message: "pull again in a minute" },
  ]);
});
