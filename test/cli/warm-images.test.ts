import { expect, test } from "vitest";
import { plainProgress } from "../../cli/progress.ts";
import { type NamedRequest, warmImages } from "../../cli/warm-images.ts";
import { WarmTally } from "../../cli/warm-tally.ts";
import type { Bundler } from "../../origin/bundles/bundler.ts";
import type { Builder } from "../../origin/service/builder.ts";
import { StoreError } from "../../origin/stores/object-store.ts";
import { sha256Digest } from "../../protocol/digest.ts";
import type { LeftOut } from "../../protocol/tag-record.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { rejection } from "../origin/fixtures.ts";

const DIGEST = sha256Digest("0".repeat(64));
const RECORD = { manifests: { oci: DIGEST, docker: DIGEST }, revision: "r1", resolvedAt: "2026-01-01T00:00:00Z" };

function requests(...names: readonly string[]): NamedRequest[] {
  return names.map((name) => ({
    name,
    request: { source: "test", tag: "latest", architecture: "amd64", packages: [name] },
  }));
}

/** Builds as `build` says, and notes the order of the steps. */
function setUp(
  build: (name: string) => Promise<"pack" | "publish">,
  { waiting = () => 0, leftOut = [] }: { readonly waiting?: () => number; readonly leftOut?: readonly LeftOut[] } = {},
) {
  const lines: string[] = [];
  const steps: string[] = [];
  const stop = new AbortController();
  const bundler: Bundler = {
    add: () => {},
    has: async () => true,
    get waiting() {
      return waiting();
    },
    finished: async () => void steps.push("bundles"),
    settle: async () => {},
  };
  const builder: Pick<Builder, "build" | "bundler" | "trust"> = {
    trust: undefined,
    bundler,
    async build({ packages: [name = ""] }, onEvent) {
      steps.push(name);
      onEvent({ event: "phase", phase: await build(name) });
      return { ...RECORD, leftOut };
    },
  };
  const progress = plainProgress((line) => lines.push(line));
  const run = (images: readonly NamedRequest[], jobs = 1) => {
    const tally = new WarmTally(progress, images.length);
    return {
      tally,
      done: warmImages(images, { builder, jobs, tally, progress, signal: stop.signal }),
    };
  };
  return { lines, steps, stop, run };
}

test("an image that fails is named with its reason, and stops no other one", async () => {
  const { lines, run } = setUp(async (name) => {
    if (name === "gti") throw new OciError("MANIFEST_UNKNOWN", "no such package: gti", { cause: new Error("why") });
    return name === "htop" ? "publish" : "pack";
  });
  const { tally, done } = run(requests("git", "gti", "htop"));
  await done;
  expect(tally.counts).toEqual({
    built: 1,
    known: 1,
    bundles: 0,
    failures: [{ name: "gti", message: "no such package: gti\nbecause: why" }],
  });
  expect(lines).toEqual([
    "cornice: build",
    "git: built (1 of 3 images)",
    "gti: failed: no such package: gti",
    "because: why",
    "htop: known already (3 of 3 images, 1 failed)",
  ]);
});

test("an architecture that a list lacks is named, and is no failure", async () => {
  const leftOut = [{ architecture: "arm64", reason: "git is not available for arm64" }] as const;
  const { lines, run } = setUp(async () => "pack", { leftOut });
  const { tally, done } = run(requests("git"));
  await done;
  expect(tally.counts).toMatchObject({ built: 1, failures: [] });
  expect(lines).toContain("git: without arm64: git is not available for arm64");
});

test("a store that fails ends the call, because no other image could be stored", async () => {
  const { lines, steps, run } = setUp(async () => {
    throw new StoreError("PUT tags/… failed at R2", { cause: new Error("refused") });
  });
  expect(await rejection(run(requests("git", "htop", "jq", "tree"), 2).done)).toMatchObject({
    name: "CliError",
    message: "PUT tags/… failed at R2",
    cause: { message: "refused" },
  });
  expect([lines, steps]).toEqual([["cornice: build"], ["git", "htop"]]);
});

test("the bundles are waited for at the end, and when many packages wait", async () => {
  let waiting = 0;
  const { steps, run } = setUp(
    async (name) => {
      waiting = name === "many" ? 32 : 0;
      return "pack";
    },
    { waiting: () => waiting },
  );
  await run(requests("git", "many", "htop")).done;
  expect(steps).toEqual(["git", "many", "bundles", "htop", "bundles"]);
});

test("an interruption begins no further image", async () => {
  const { steps, stop, run } = setUp(async () => {
    stop.abort(new Error("stopped"));
    return Promise.reject(new Error("the builder is closed"));
  });
  const { tally, done } = run(requests("git", "htop"));
  expect(await rejection(done)).toMatchObject({ message: "stopped" });
  expect([steps, tally.counts.failures]).toEqual([["git"], []]);
});

test.each([
  ["failed", new StoreError("the store is full"), "the bundle of git: failed: the store is full"],
  ["failed", new RangeError("7 is no cut-off"), "the bundle of git: failed: internal error: 7 is no cut-off"],
  [
    "dropped",
    undefined,
    "the bundle of git: failed: too many packages waited for their bundles; run the command again",
  ],
] as const)("a bundle that is %s is named: %s", (outcome, error, line) => {
  const lines: string[] = [];
  const tally = new WarmTally(
    plainProgress((text) => lines.push(text)),
    1,
  );
  tally.addBundle(outcome, { attribute: "git", error });
  tally.addBundle("written", { attribute: "htop" });
  tally.addBundle("dropped", { attribute: "curl", error: new Error("stopped") });
  expect([lines, tally.counts.bundles]).toEqual([[line], 1]);
});
