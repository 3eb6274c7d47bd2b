import { newTrace } from "../../../protocol/trace-context.ts";
import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { type BuildOutcome, formatEvent } from "../../../protocol/build-events.ts";
import { askOrigins } from "../../../worker/builds/ask-origins.ts";
import { rankOrigins } from "../../../worker/origins/ranking.ts";
import { type Bindings, type Config, parseConfig } from "../../../worker/settings.ts";
import { containing } from "../../matchers.ts";
import type { Script } from "../../scripted-origin/script.ts";
import { makeImage, storeInR2, tagRecord } from "../images.ts";
import { buildNameOf, fail, heartbeats, imageRequest, originCalls, scriptOrigin, succeed } from "../origin.ts";
import { spyOnLog } from "../failure-log.ts";

const QUEUED = { send: formatEvent({ event: "queued" }) };
const REFUSES = "http://127.0.0.1:1";

let log: ReturnType<typeof spyOnLog>;

beforeEach(() => {
  log = spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

function build(name: string, settings: Partial<Bindings>): Promise<BuildOutcome> {
  return buildWith(parseConfig({ ...env, ...settings }), name);
}

async function buildWith(config: Config, name: string): Promise<BuildOutcome> {
  return (await askOrigins(config, { image: imageRequest(name), trace: newTrace() }, () => {})).outcome;
}

/** Two addresses of origins that no other test calls, in the order in which they are asked. */
async function twoOrigins(name: string): Promise<[first: string, second: string]> {
  const urls = ["a", "b"].map((path) => `${inject("originUrl")}/${name}-${path}`);
  const [first = "", second = ""] = await rankOrigins(urls, await buildNameOf(name));
  return [first, second];
}

/** The name of the script for one of several origins. */
function at(url: string, name: string): string {
  return `${new URL(url).pathname.slice(1)}/${name}`;
}

describe("the next origin is asked when one fails before the outcome", () => {
  const scripts: [name: string, script: Script][] = [
    ["says-503", { status: 503, steps: [] }],
    ["refuses-the-call", { status: 401, steps: [] }],
    ["sends-garbage", { steps: [{ send: "garbage\n" }] }],
    ["is-cut", { steps: [QUEUED, { waitMs: 50 }, { cut: true }] }],
    ["ends-early", { steps: [QUEUED] }],
    ["ends-with-an-outage", fail("UNAVAILABLE", "the build service has no disk space left")],
  ];

  test.each(scripts)("%s", async (name, script) => {
    const [first, second] = await twoOrigins(name);
    const image = await makeImage(name);
    await storeInR2(image);
    await scriptOrigin(at(first, name), script);
    await scriptOrigin(at(second, name), succeed(image));
    expect(await build(name, { ORIGINS: `${second}, ${first}` })).toEqual({ event: "image", ...tagRecord(image) });
    expect(await originCalls(at(first, name))).toHaveLength(1);
    expect(log).toHaveBeenCalledOnce();
    expect(log.mock.calls.join()).toContain(first);
  });

  test("announces an image whose manifest is not in R2", async () => {
    const [first, second] = await twoOrigins("lost");
    const image = await makeImage("found");
    await storeInR2(image);
    await scriptOrigin(at(first, "lost"), succeed(await makeImage("never stored")));
    await scriptOrigin(at(second, "lost"), succeed(image));
    expect(await build("lost", { ORIGINS: `${first} ${second}` })).toEqual({ event: "image", ...tagRecord(image) });
  });

  test("refuses connections", async () => {
    const [, second] = await twoOrigins("refused");
    await scriptOrigin(at(second, "refused"), fail("MANIFEST_UNKNOWN", "no such package"));
    expect(await build("refused", { ORIGINS: `${REFUSES} ${second}` })).toMatchObject({ message: "no such package" });
  });
});

test("if a build ends with an error, no other origin is asked", async () => {
  const [first, second] = await twoOrigins("unknown");
  await scriptOrigin(at(first, "unknown"), fail("MANIFEST_UNKNOWN", "no such package"));
  expect(await build("unknown", { ORIGINS: `${first} ${second}` })).toMatchObject({ code: "MANIFEST_UNKNOWN" });
  expect(await originCalls(at(second, "unknown"))).toEqual([]);
});

test("an origin that failed is asked last for a while", async () => {
  const [first, second] = await twoOrigins("flaky");
  const config = parseConfig({ ...env, ORIGINS: `${first} ${second}` });
  await scriptOrigin(at(first, "flaky"), { status: 500, steps: [] });
  await scriptOrigin(at(second, "flaky"), fail("MANIFEST_UNKNOWN", "x"));
  for (let times = 0; times < 3; times++) await buildWith(config, "flaky");
  expect(await originCalls(at(first, "flaky"))).toHaveLength(1);
  vi.setSystemTime(Date.now() + 31_000);
  await buildWith(config, "flaky");
  vi.useRealTimers();
  expect(await originCalls(at(first, "flaky"))).toHaveLength(2);
});

test("when all origins fail, the client gets the error of the last one", async () => {
  const [, second] = await twoOrigins("all-fail");
  await scriptOrigin(at(second, "all-fail"), { status: 500, steps: [] });
  const unreachable = "the build service is not reachable; images already built are still served";
  expect(await build("all-fail", { ORIGINS: `${REFUSES} ${second}` })).toEqual({
    event: "error",
    code: "UNAVAILABLE",
    message: unreachable,
  });
  expect(log).toHaveBeenCalledTimes(2);
});

test("when all origins end with an outage, the client gets its words", async () => {
  const message = "the build service is restarting";
  await scriptOrigin("restarting", fail("UNAVAILABLE", message));
  expect(await build("restarting", {})).toEqual({ event: "error", code: "UNAVAILABLE", message });
});

test("an origin that failed a moment ago gets 5 s to begin its answer", async () => {
  const config = parseConfig(env);
  await scriptOrigin("frozen", { status: 500, steps: [] });
  await buildWith(config, "frozen");
  await scriptOrigin("frozen", { muteMs: 10_000, steps: [] });
  expect(await buildWith(config, "frozen")).toMatchObject({ code: "UNAVAILABLE" });
  expect(log.mock.calls.at(-1)?.join()).toContain("the origin was silent for 5000 ms");
});

test("a build that takes longer than BUILD_TIMEOUT is given up, and the message says so", async () => {
  await scriptOrigin("endless", { steps: heartbeats(30, 100) });
  expect(await build("endless", { BUILD_TIMEOUT: "1" })).toMatchObject({
    code: "MANIFEST_UNKNOWN",
    message: containing("building endless took longer than 1 s"),
  });
  expect(log).not.toHaveBeenCalled();
});
