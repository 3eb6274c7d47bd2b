import { afterEach, expect, test, vi } from "vitest";
import { PullTally } from "../../../worker/pulls/pull-tally.ts";

const START = Date.now();

afterEach(() => {
  vi.restoreAllMocks();
});

/** Adds a pull this many milliseconds after the start. Returns the report as pairs. */
function addAt(tally: PullTally, ms: number, image: string): (readonly [string, number])[] | undefined {
  vi.spyOn(Date, "now").mockReturnValue(START + ms);
  const report = tally.add(image);
  return report && [...report];
}

test("rare pulls are reported one by one", () => {
  const tally = new PullTally();
  for (const ms of [0, 10_000, 25_000]) expect(addAt(tally, ms, "git")).toEqual([["git", 1]]);
});

test("frequent pulls are reported together, every ten seconds, and each only once", () => {
  const tally = new PullTally();
  expect(addAt(tally, 0, "git")).toEqual([["git", 1]]);
  for (const ms of [1, 2, 5000]) expect(addAt(tally, ms, "git")).toBeUndefined();
  expect(addAt(tally, 9999, "htop")).toBeUndefined();
  expect(addAt(tally, 10_000, "git")).toEqual([
    ["git", 4],
    ["htop", 1],
  ]);
  expect(addAt(tally, 10_001, "git")).toBeUndefined();
  expect(addAt(tally, 20_000, "jq")).toEqual([
    ["git", 1],
    ["jq", 1],
  ]);
});

test("two hundred images are counted at a time, and their further pulls are counted", () => {
  const tally = new PullTally();
  addAt(tally, 0, "first");
  for (let index = 0; index < 100_000; index++) addAt(tally, 1, `image ${index}`);
  addAt(tally, 2, "image 7");
  const report = addAt(tally, 10_000, "late");
  expect(report).toHaveLength(200);
  expect(report).toContainEqual(["image 7", 2]);
});
