import { describe, expect, test } from "vitest";
import { popularityEvent, popularitySummary } from "../../cli/popularity-report.ts";

const RESULT = { source: "starter", revision: "r1", packages: 4, attributes: 5, failures: 0, place: "a.json" };

describe("the summary", () => {
  test.each([
    [{}, "a.json: 4 packages in 5 closures; starter at r1"],
    [{ failures: 2 }, "a.json: 4 packages in 5 closures, 2 attributes left out; starter at r1"],
    [{ packages: 1, attributes: 1 }, "a.json: 1 package in 1 closure; starter at r1"],
    [{ revision: undefined }, "a.json: 4 packages in 5 closures; starter"],
  ])("of %j", (change, summary) => expect(popularitySummary({ ...RESULT, ...change })).toBe(summary));
});

test("the event has the same facts as JSON", () => {
  expect(JSON.parse(popularityEvent(RESULT))).toEqual({ event: "popularity", ...RESULT });
});
