import { describe, expect, test } from "vitest";
import type { WorkerAnswer } from "../../../cli/doctor/ask-worker.ts";
import { workerFindings } from "../../../cli/doctor/worker-findings.ts";
import type { EdgeReport } from "../../../protocol/deployment-check.ts";
import { RELEASE } from "../../../protocol/release.ts";

const NOW = Date.parse("2026-11-01T00:00:00Z");
const EXPECTED = { source: "starter", architecture: "amd64", oursMs: NOW };
const URL_OF_ORIGIN = "https://origin.example";
const REPORT: EdgeReport = {
  release: RELEASE,
  nowMs: NOW,
  problems: [],
  packageSource: "starter",
  platforms: ["amd64", "arm64"],
  missingLimits: [],
  r2: "same",
  kv: "same",
  origins: [{ url: URL_OF_ORIGIN, answer: "accepted", detail: "404", release: RELEASE }],
};

/** All that is not well, as `state check: message`. */
function findingsOf(answer: WorkerAnswer, expected = EXPECTED): readonly string[] {
  const findings = workerFindings(new URL("https://registry.example"), answer, expected);
  const bad = findings.filter(({ state }) => state !== "ok");
  expect(bad.every(({ advice }) => advice !== undefined)).toBe(true);
  return bad.map(({ check, state, message }) => `${state} ${check}: ${message}`);
}

const report = (changes: Partial<EdgeReport>): WorkerAnswer => ({
  status: 200,
  dateMs: NOW,
  report: { ...REPORT, ...changes },
});
const origin = (changes: Partial<EdgeReport["origins"][number]>): WorkerAnswer =>
  report({ origins: [{ url: URL_OF_ORIGIN, answer: "refused", detail: "", ...changes }] });

test("nothing is wrong with a whole deployment, and each part is named", () => {
  expect(findingsOf(report({}))).toEqual([]);
  const checks = workerFindings(new URL("https://registry.example"), report({}), EXPECTED).map(({ check }) => check);
  expect(checks).toEqual(["release", "secret", "r2", "kv", "source", "platforms", "limits", "origin", "clock"]);
});

describe("a Worker's report shows", () => {
  test.each<[fault: string, answer: WorkerAnswer, finding: string]>([
    ["another release", report({ release: "0.0.9" }), `warning release: the Worker is 0.0.9, this command ${RELEASE}`],
    ["a wrong setting", report({ problems: ["x is y"] }), "problem worker: the Worker's settings: x is y"],
    ["another bucket", report({ r2: "missing" }), "problem r2: the Worker reads another bucket"],
    ["another namespace", report({ kv: "other" }), "problem kv: the Worker reads another namespace"],
    ["an outage of R2", report({ r2: "failed" }), "problem r2: the store does not answer the Worker"],
    [
      "another package source",
      report({ packageSource: "channel:x" }),
      "problem source: the Worker's PACKAGE_SOURCE is channel:x; the origin serves starter",
    ],
    [
      "another platform",
      report({ platforms: ["arm64"] }),
      "warning platforms: PLATFORMS is arm64; this machine is amd64",
    ],
    ["a missing limit", report({ missingLimits: ["PULL_LIMIT"] }), "warning limits: the Worker has no PULL_LIMIT"],
    [
      "an origin that cannot be reached",
      origin({ answer: "failed", detail: "refused" }),
      `problem origin: the Worker cannot reach ${URL_OF_ORIGIN}: refused`,
    ],
    [
      "an origin with another secret",
      origin({ detail: "401 the signature is wrong; ORIGIN_SECRET of the Worker" }),
      `problem origin: ${URL_OF_ORIGIN} has another secret than the Worker`,
    ],
    [
      "an origin with another time",
      origin({ detail: "401 the call's timestamp is more than five minutes off" }),
      `problem origin: ${URL_OF_ORIGIN} refuses the Worker's call as too old`,
    ],
    [
      "another program",
      origin({ detail: "200 hello" }),
      `problem origin: ${URL_OF_ORIGIN} does not answer as an origin: 200 hello`,
    ],
    [
      "an older origin",
      origin({ answer: "accepted", release: "0.0.9" }),
      `warning origin: ${URL_OF_ORIGIN} accepts the Worker, and is 0.0.9`,
    ],
    [
      "a clock that is wrong",
      report({ nowMs: NOW - 60_000 }),
      "warning clock: this machine's clock is 60 s ahead of the Worker",
    ],
  ])("%s", (_, answer, finding) => {
    expect(findingsOf(answer)).toEqual([finding]);
  });

  test("an older origin that does not say its release", () => {
    expect(findingsOf(origin({ answer: "accepted" }))).toEqual([]);
  });
});

describe("without a report", () => {
  test.each<[fault: string, answer: WorkerAnswer, finding: string]>([
    [
      "a Worker that is not there",
      { refusal: "ECONNREFUSED" },
      "problem worker: https://registry.example does not answer: ECONNREFUSED",
    ],
    [
      "another secret",
      { status: 403, refusal: "the call's signature is wrong" },
      "problem secret: the Worker has another secret",
    ],
    [
      "another time",
      { status: 403, refusal: "the call's signature is expired", dateMs: NOW - 600_000 },
      "problem secret: the Worker refuses the call as too old",
    ],
    ["no secret at all", { status: 503, refusal: "" }, "problem worker: a setting of the Worker is wrong"],
    [
      "another program",
      { status: 404, refusal: "<html>" },
      "problem worker: https://registry.example gives no report: 404 <html>",
    ],
  ])("%s is told", (_, answer, finding) => {
    expect(findingsOf(answer)[0]).toBe(finding);
  });
});
