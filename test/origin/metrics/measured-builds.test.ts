import { expect, test, vi } from "vitest";
import type { RunBuild } from "../../../origin/builds/build-queue.ts";
import { measuredBuilds } from "../../../origin/metrics/measured-builds.ts";
import { StoreError } from "../../../origin/stores/object-store.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { OciError } from "../../../protocol/oci-error.ts";
import { rejection } from "../fixtures.ts";
import { recordEvents } from "../recorded-events.ts";

const REQUEST = { source: "starter", tag: "latest", architecture: "amd64", packages: ["git"] } as const;
const DIGEST = sha256Digest("0".repeat(64));
const RECORD = { manifests: { oci: DIGEST, docker: DIGEST }, revision: "r1", resolvedAt: "2026-01-01T00:00:00.000Z" };
const WORK = { work: "build", name: "git-2.51.0", state: "started" } as const;
const LAYER = { index: 0, total: 1, description: "root", digest: DIGEST, size: 1, known: false };

function setUp(build: RunBuild) {
  const meter = { phase: vi.fn(), end: vi.fn() };
  const recorded = recordEvents();
  const run = measuredBuilds(build, { buildBegan: () => meter });
  return { meter, recorded, build: () => run(REQUEST, recorded.onEvent) };
}

test("a build reports as before, and its phases and result are measured", async () => {
  const { meter, recorded, build } = setUp(async (_, onEvent) => {
    onEvent({ event: "phase", phase: "evaluate" });
    onEvent({ event: "log", line: "line" });
    onEvent({ event: "work", ...WORK });
    onEvent({ event: "layer", ...LAYER });
    return RECORD;
  });
  expect(await build()).toBe(RECORD);
  expect(recorded.phases()).toEqual(["evaluate"]);
  expect(recorded.lines()).toEqual(["line"]);
  expect(recorded.work()).toEqual([WORK]);
  expect(recorded.layers()).toEqual([LAYER]);
  expect(meter.phase.mock.calls).toEqual([["evaluate"]]);
  expect(meter.end.mock.calls).toEqual([["image"]]);
});

test.each([
  ["the code that the client gets", new OciError("MANIFEST_UNKNOWN", "no such package"), "MANIFEST_UNKNOWN"],
  ["an outage", new StoreError("R2 is away"), "UNAVAILABLE"],
  ["a defect", new Error("oops"), "UNKNOWN"],
])("a failure counts as %s", async (_, error, code) => {
  const { meter, build } = setUp(() => Promise.reject(error));
  expect(await rejection(build())).toBe(error);
  expect(meter.end.mock.calls).toEqual([[code]]);
});
