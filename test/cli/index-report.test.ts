import { describe, expect, test } from "vitest";
import { indexEvent, indexSummary } from "../../cli/index-report.ts";

const RESULT = { source: "starter", revision: "r1", packages: 325, failures: 0, names: [], place: "index.json" };
const NAMES = { architecture: "amd64", names: 331, shards: 1, bytes: 9000 } as const;

describe("the summary", () => {
  test.each([
    [{}, "index.json: 325 packages; starter at r1"],
    [{ packages: 1 }, "index.json: 1 package; starter at r1"],
    [{ failures: 1 }, "index.json: 325 packages, 1 attribute left out; starter at r1"],
    [{ failures: 2 }, "index.json: 325 packages, 2 attributes left out; starter at r1"],
    [{ packages: undefined, place: "package-index/0" }, "package-index/0: unchanged; starter at r1"],
    [{ names: [NAMES] }, "index.json: 325 packages, 331 names indexed for amd64; starter at r1"],
    [{ packages: undefined, names: [NAMES] }, "index.json: 331 names indexed for amd64; starter at r1"],
  ])("of %j", (change, summary) => expect(indexSummary({ ...RESULT, ...change })).toBe(summary));
});

test("the event has the same facts as JSON", () => {
  expect(JSON.parse(indexEvent(RESULT))).toEqual({ event: "index", ...RESULT, isNew: true });
  const { packages: _, ...rest } = RESULT;
  expect(JSON.parse(indexEvent({ ...RESULT, packages: undefined }))).toEqual({ event: "index", ...rest, isNew: false });
  const named = { ...RESULT, packages: undefined, names: [NAMES] };
  expect(JSON.parse(indexEvent(named))).toMatchObject({ names: [NAMES], isNew: true });
});
