import { expect, test } from "vitest";
import type { BuildOutcome } from "../../../protocol/build-events.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { outcomeMemoryMs } from "../../../worker/builds/outcome-memory.ts";

const COMMIT = "0123456789012345678901234567890123456789";
const digest = sha256Digest("0".repeat(64));
const unknown = { event: "error", code: "MANIFEST_UNKNOWN", message: "x" } as const;

test.each<[string, string, BuildOutcome, number]>([
  [
    "an image",
    "latest",
    { event: "image", manifests: { oci: digest, docker: digest }, revision: "", resolvedAt: "" },
    90,
  ],
  ["a build that failed", "latest", unknown, 30],
  [
    "a name that a tag's revision does not have: no longer than TAG_FRESHNESS_S",
    "latest",
    { ...unknown, revision: COMMIT },
    300,
  ],
  ["a name that a commit does not have", COMMIT, { ...unknown, revision: COMMIT }, 600],
  ["an outage", "latest", { ...unknown, code: "UNAVAILABLE" }, 5],
  ["a defect", "latest", { ...unknown, code: "UNKNOWN" }, 5],
])("%s", (_, tag, outcome, seconds) => {
  expect(outcomeMemoryMs(outcome, { tag, freshnessMs: 300_000 })).toBe(seconds * 1000);
});

test.each<[string, BuildOutcome]>([
  ["an image", { event: "image", manifests: { oci: digest, docker: digest }, revision: "", resolvedAt: "" }],
  ["a name that a revision does not have", { ...unknown, revision: COMMIT }],
])("%s is forgotten when the tag may have moved", (_, outcome) => {
  expect(outcomeMemoryMs(outcome, { tag: "latest", freshnessMs: 2000 })).toBe(2000);
});
