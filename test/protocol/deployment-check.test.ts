import { expect, test } from "vitest";
import { type EdgeReport, parseEdgeReport, parseProbe } from "../../protocol/deployment-check.ts";

const REPORT: EdgeReport = {
  release: "1.0.0",
  nowMs: 1,
  problems: ["a"],
  packageSource: "starter",
  platforms: ["amd64"],
  missingLimits: ["PULL_LIMIT"],
  r2: "same",
  kv: "other",
  origins: [
    { url: "https://a.example", answer: "accepted", detail: "404", release: "1.0.0" },
    { url: "https://b.example", answer: "failed", detail: "" },
  ],
};

test("a report passes through, without what this release does not know", () => {
  expect(parseEdgeReport(JSON.parse(JSON.stringify(REPORT)))).toEqual(REPORT);
  expect(parseEdgeReport({ ...REPORT, more: 1 })).toEqual(REPORT);
});

test.each([
  null,
  [],
  {},
  { ...REPORT, nowMs: "1" },
  { ...REPORT, r2: "perhaps" },
  { ...REPORT, problems: [1] },
  { ...REPORT, problems: Array.from({ length: 101 }, () => "") },
  { ...REPORT, packageSource: "x".repeat(5000) },
  { ...REPORT, origins: [{}] },
  { ...REPORT, origins: [{ url: "a", answer: "perhaps", detail: "" }] },
])("%j is no whole report", (value) => {
  expect(parseEdgeReport(value)).toBeUndefined();
});

test("a probe is 32 hexadecimal digits", () => {
  expect(parseProbe({ value: "a1".repeat(16) })).toEqual({ value: "a1".repeat(16) });
});

test.each([null, {}, { value: 1 }, { value: "A1".repeat(16) }, { value: "a1".repeat(17) }])(
  "%j is no probe",
  (value) => {
    expect(parseProbe(value)).toBeUndefined();
  },
);
