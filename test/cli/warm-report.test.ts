import { expect, test } from "vitest";
import { warmEvent, warmSummary } from "../../cli/warm-report.ts";

const RESULT = { source: "starter", images: 3, built: 2, known: 1, bundles: 9, failures: [] };
const FAILURE = { name: "gti", message: "no such package: gti\nbecause: it is not there" };

test.each([
  [{}, "3 images: 2 built, 1 known already, 9 bundles written; starter"],
  [{ images: 1, built: 0, bundles: 0 }, "1 image: 1 known already, 0 bundles written; starter"],
  [
    { known: 0, bundles: 1, failures: [FAILURE] },
    "3 images: 2 built, 1 failure, 1 bundle written; starter\nfailed: gti: no such package: gti",
  ],
])("the summary of %j", (change, summary) => expect(warmSummary({ ...RESULT, ...change })).toBe(summary));

test("the event has the same facts as JSON", () => {
  const result = { ...RESULT, failures: [FAILURE] };
  expect(JSON.parse(warmEvent(result))).toEqual({ event: "warm", ...result });
});
