import { abortAllDurableObjects, reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type BuildEvent, formatEvent } from "../../../protocol/build-events.ts";
import type { BuildState } from "../../../protocol/build-state.ts";
import { parseBuildState } from "../../../protocol/parse-build-state.ts";
import type { BuildCoordinator } from "../../../worker/builds/build-coordinator.ts";
import { waitForBuild } from "../../../worker/builds/wait-for-build.ts";
import { parseConfig } from "../../../worker/settings.ts";
import { anyOf } from "../../matchers.ts";
import type { Step } from "../../scripted-origin/script.ts";
import { HOST, pull, readError } from "../client.ts";
import { makeImage, storeInR2, tagRecord } from "../images.ts";
import {
  buildNameOf,
  fail,
  imageRequest,
  originCalls,
  requested,
  scriptOrigin,
  sendEvents,
  succeed,
} from "../origin.ts";

const QUEUED = { send: formatEvent({ event: "queued" }) };
const UNKNOWN = { event: "error", code: "MANIFEST_UNKNOWN", message: "no such package: ripgrpe" } as const;

beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue(undefined);
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await reset();
});

function pullLatest(name: string): Promise<Response> {
  return pull(`/v2/${name}/manifests/latest`);
}

async function statusOf(name: string): Promise<number> {
  const response = await pullLatest(name);
  await response.arrayBuffer();
  return response.status;
}

async function coordinator(name: string) {
  return env.BUILDS.getByName(await buildNameOf(name));
}

const DAY_MS = 86_400_000;

async function readState(stub: DurableObjectStub<BuildCoordinator>): Promise<BuildState> {
  const state = parseBuildState(JSON.parse((await stub.readState()) ?? "null"));
  if (!state) throw new Error("the object has no state of a build");
  return state;
}

/** Scripts a build that has some steps and then succeeds. */
async function scriptBuild(name: string, ...before: readonly Step[]) {
  const image = await makeImage(name);
  await storeInR2(image);
  await scriptOrigin(name, { steps: [QUEUED, ...before, ...succeed(image).steps] });
  return image;
}

describe("any number of clients share one build", () => {
  test("a thousand clients at once cause one call to the origin", async () => {
    const image = await scriptBuild("crowd", { waitMs: 1000 });
    const config = parseConfig(env);
    const crowd = await requested("crowd");
    const waiting = Array.from({ length: 1000 }, () => waitForBuild(config, crowd, { waitMs: 20_000 }));
    const digests = (await Promise.all(waiting)).map((built) => built?.record.manifests.oci);
    expect(new Set(digests)).toEqual(new Set([image.oci.digest]));
    expect(await originCalls("crowd")).toHaveLength(1);
  });

  test("also clients that come after its end, while KV does not show it", async () => {
    await scriptBuild("late");
    for (let times = 0; times < 3; times++) expect(await statusOf("late")).toBe(200);
    expect(await originCalls("late")).toHaveLength(1);
  });

  test("two spellings of one image share a build, another tag has its own", async () => {
    await scriptBuild("one/two", { waitMs: 200 });
    const paths = ["one/two/manifests/latest", "two/one/two/manifests/latest", "one/two/manifests/v1"];
    for (const response of await Promise.all(paths.map((path) => pull(`/v2/${path}`)))) await response.arrayBuffer();
    expect(await originCalls("one/two")).toHaveLength(2);
  });
});

test("the build goes on when all clients have left", async () => {
  await scriptBuild("left", { waitMs: 400 });
  const leave = new AbortController();
  const request = exports.default.fetch(`${HOST}/v2/left/manifests/latest`, { signal: leave.signal });
  await vi.waitFor(async () => expect(await originCalls("left")).toHaveLength(1));
  leave.abort();
  await expect(request).rejects.toThrow();
  await vi.waitFor(async () => expect(await originCalls("left")).toMatchObject([{ finished: true }]));
  expect(await statusOf("left")).toBe(200);
  expect(await originCalls("left")).toHaveLength(1);
});

describe("a failure is remembered", () => {
  const commit = "0".repeat(40);
  test.each<[name: string, event: BuildEvent, seconds: number]>([
    ["a build that failed, for 30 s", UNKNOWN, 30],
    ["a name that the tag's revision does not have, for 5 min", { ...UNKNOWN, revision: commit }, 300],
    ["an outage, for 5 s", { ...UNKNOWN, code: "UNAVAILABLE" }, 5],
  ])("%s", async (title, event, seconds) => {
    const name = title.replaceAll(/[^a-z0-9]+/g, "-");
    await scriptOrigin(name, sendEvents(event));
    const first = await statusOf(name);
    vi.setSystemTime(Date.now() + seconds * 1000 - 1000);
    expect(await statusOf(name)).toBe(first);
    expect(await originCalls(name)).toHaveLength(1);
    vi.setSystemTime(Date.now() + 1001);
    expect(await statusOf(name)).toBe(first);
    expect(await originCalls(name)).toHaveLength(2);
  });

  test("after an origin breaks off, the next client has it asked again and gets the image", async () => {
    await scriptOrigin("restarted", { steps: [QUEUED, { waitMs: 50 }, { cut: true }] });
    expect(await statusOf("restarted")).toBe(503);
    await scriptBuild("restarted");
    vi.setSystemTime(Date.now() + 5001);
    expect(await statusOf("restarted")).toBe(200);
  });

  test("an origin that announced an image without storing it is asked again, too", async () => {
    await scriptOrigin("unstored", succeed(await makeImage("unstored")));
    const response = await pullLatest("unstored");
    expect(response.status).toBe(503);
    expect((await readError(response)).message).toContain("a part of it is not stored");
    await scriptBuild("unstored");
    vi.setSystemTime(Date.now() + 5001);
    expect(await statusOf("unstored")).toBe(200);
  });
});

describe("an object that is lost during a build", () => {
  test("is called again for the waiting clients, and asks the origin again", async () => {
    await scriptBuild("lost", { waitMs: 600 });
    const pulling = statusOf("lost");
    await vi.waitFor(async () => expect(await originCalls("lost")).toHaveLength(1));
    await abortAllDurableObjects();
    expect(await pulling).toBe(200);
    expect(await originCalls("lost")).toHaveLength(2);
  });
});

describe("while a build is running", () => {
  test("an alarm keeps its object alive, and does not do so after the build", async () => {
    await scriptBuild("alarmed", { waitMs: 500 });
    const stub = await coordinator("alarmed");
    const alarm = () => runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
    await stub.wait(imageRequest("alarmed"), 1);
    expect(await alarm()).toBeGreaterThan(Date.now());
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await alarm()).toBeGreaterThan(Date.now());
    await stub.wait(imageRequest("alarmed"), 5000);
    await vi.waitFor(async () => expect(await alarm()).toBeGreaterThan(Date.now() + DAY_MS - 60_000));
  });

  test("its phases and the end of its log can be read", async () => {
    const lines = Array.from({ length: 600 }, (_, index) => formatEvent({ event: "log", line: `line ${index}` }));
    await scriptBuild("logged", { send: lines.join("") });
    const stub = await coordinator("logged");
    expect(await stub.readState()).toBeNull();
    await stub.wait(imageRequest("logged"), 5000);
    const { image, log, phases } = await readState(stub);
    expect(image).toBe("logged:latest");
    expect([log.lines.length, log.dropped, ...log.lines.slice(-2)]).toEqual([500, 101, "line 599", "building"]);
    expect(phases).toEqual([{ phase: "evaluate", at: anyOf(Number) }]);
  });

  test("its outcome reaches the Worker complete", async () => {
    const image = await scriptBuild("whole");
    const stub = await coordinator("whole");
    const built = await stub.wait(imageRequest("whole"), 5000);
    expect(built?.line).toBe(formatEvent({ event: "image", ...tagRecord(image) }));
    await scriptOrigin("broken", fail("MANIFEST_UNKNOWN", UNKNOWN.message));
    const failed = await (await coordinator("broken")).wait(imageRequest("broken"), 5000);
    expect(failed?.line).toBe(formatEvent(UNKNOWN));
  });
});
