import { createExecutionContext, createScheduledController, reset, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { formatEvent } from "../../../protocol/build-events.ts";
import { tagKey } from "../../../protocol/storage-keys.ts";
import worker from "../../../worker/index.ts";
import { startIsolate } from "../client.ts";
import { latestOf, makeImage, storeInKv, storeInR2, storeTag, type TestImage, tagRecord } from "../images.ts";
import { fail, originCalls, scriptOrigin, succeed } from "../origin.ts";
import { spyOnLog } from "../failure-log.ts";

const MINUTE_S = 60;
const DAY_S = 86_400;

let log: ReturnType<typeof spyOnLog>;

beforeEach(() => {
  log = spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** Stores an image whose tag was looked up this long ago. */
async function storeOld(name: string, ageS: number): Promise<TestImage> {
  const image = await makeImage(name);
  await storeInR2(image);
  await storeInKv(image);
  await storeTag(name, tagRecord(image, ageS));
  return image;
}

async function callCount(name: string): Promise<number> {
  return (await originCalls(name)).length;
}

describe("a fresh tag is not looked up again", () => {
  test("for five minutes by default", async () => {
    await storeOld("fresh", 4 * MINUTE_S);
    await startIsolate().settle("/v2/fresh/manifests/latest");
    expect(await callCount("fresh")).toBe(0);
  });

  test("for the time in the setting", async () => {
    await storeOld("fresh-setting", DAY_S / 2);
    await startIsolate({ TAG_FRESHNESS_S: String(DAY_S) }).settle("/v2/fresh-setting/manifests/latest");
    expect(await callCount("fresh-setting")).toBe(0);
  });
});

describe("a tag that is no longer fresh", () => {
  test("is served at once and looked up again in the background", async () => {
    const image = await storeOld("stale", 6 * MINUTE_S);
    const slow = { steps: [{ send: formatEvent({ event: "queued" }) }, { waitMs: 500 }, ...succeed(image).steps] };
    await scriptOrigin("stale", slow);
    const isolate = startIsolate();
    const { response, context } = isolate.call("/v2/stale/manifests/latest");
    const answer = await response;
    expect(answer.headers.get("Docker-Content-Digest")).toBe(image.oci.digest);
    await answer.arrayBuffer();
    expect(await originCalls("stale")).not.toContainEqual(expect.objectContaining({ finished: true }));
    await waitOnExecutionContext(context);
    const [call, ...more] = await originCalls("stale");
    expect(more).toEqual([]);
    expect(call).toMatchObject({ finished: true, signature: "valid" });
    expect(JSON.parse(call?.body ?? "")).toEqual(latestOf("stale"));
  });

  test("moves when the new image is complete", async () => {
    const old = await storeOld("moving", 6 * MINUTE_S);
    const fresh = await makeImage("moving on");
    await storeInR2(fresh);
    await scriptOrigin("moving", succeed(fresh));
    const isolate = startIsolate();
    const digests = [];
    for (let count = 0; count < 2; count++) {
      const response = await isolate.settle("/v2/moving/manifests/latest");
      digests.push(response.headers.get("Docker-Content-Digest"));
    }
    expect(digests).toEqual([old.oci.digest, fresh.oci.digest]);
    expect(await callCount("moving")).toBe(1);
  });

  test("is looked up once by an isolate, for any number of clients", async () => {
    const image = await storeOld("many", 6 * MINUTE_S);
    await scriptOrigin("many", succeed(image));
    const isolate = startIsolate();
    await Promise.all(Array.from({ length: 50 }, () => isolate.settle("/v2/many/manifests/latest")));
    expect(await callCount("many")).toBe(1);
  });

  test("is looked up again a minute after a failed look-up", async () => {
    const image = await storeOld("failing", 6 * MINUTE_S);
    await scriptOrigin("failing", fail("UNAVAILABLE", "too many builds"));
    const isolate = startIsolate();
    const now = Date.now();
    for (const [afterMs, calls] of [
      [0, 1],
      [30_000, 1],
      [59_000, 1],
      [60_000, 2],
    ] as const) {
      vi.spyOn(Date, "now").mockReturnValue(now + afterMs);
      const response = await isolate.settle("/v2/failing/manifests/latest");
      expect(response.headers.get("Docker-Content-Digest")).toBe(image.oci.digest);
      expect(await callCount("failing")).toBe(calls);
    }
    expect(log.mock.calls.join()).toContain("too many builds");
  });

  test("is not looked up if it is a commit, because a commit never moves", async () => {
    const image = await makeImage("commit");
    await storeInKv(image);
    const tag = "0123456789abcdef0123456789abcdef01234567";
    await env.KV.put(await tagKey({ ...latestOf("commit"), tag }), JSON.stringify(tagRecord(image, 90 * DAY_S)));
    const response = await startIsolate().settle(`/v2/commit/manifests/${tag}`);
    expect([response.status, response.headers.get("Warning")]).toEqual([200, null]);
    expect(await callCount("commit")).toBe(0);
  });
});

describe("a look-up counts as a build for the client that pulled", () => {
  const FLOODER = { headers: { "CF-Connecting-IP": "192.0.2.1" } };
  const OTHER = { headers: { "CF-Connecting-IP": "192.0.2.2" } };

  /** Lets each address start this many builds. */
  function limitTo(limit: number): RateLimit {
    const counts = new Map<string, number>();
    return {
      async limit({ key }) {
        const count = (counts.get(key) ?? 0) + 1;
        counts.set(key, count);
        return { success: count <= limit };
      },
    };
  }

  test("beyond the limit, old tags are still served, and nothing is logged as a failure", async () => {
    const names = Array.from({ length: 5 }, (_, index) => `flood-${index}`);
    for (const name of names) await scriptOrigin(name, succeed(await storeOld(name, 6 * MINUTE_S)));
    const isolate = startIsolate({ BUILD_LIMIT: limitTo(2) });
    for (const name of names) {
      expect((await isolate.settle(`/v2/${name}/manifests/latest`, FLOODER)).status).toBe(200);
    }
    expect(await Promise.all(names.map(callCount))).toEqual([1, 1, 0, 0, 0]);
    expect(log).not.toHaveBeenCalled();
  });

  test("a client beyond its limit does not stop another client's look-up", async () => {
    await scriptOrigin("not-blocked", succeed(await storeOld("not-blocked", 6 * MINUTE_S)));
    const limit: RateLimit = { limit: async ({ key }) => ({ success: key !== "192.0.2.1" }) };
    const isolate = startIsolate({ BUILD_LIMIT: limit });
    await isolate.settle("/v2/not-blocked/manifests/latest", FLOODER);
    expect(await callCount("not-blocked")).toBe(0);
    await isolate.settle("/v2/not-blocked/manifests/latest", OTHER);
    expect(await callCount("not-blocked")).toBe(1);
  });

  test("if the origin itself refuses, that is a failure", async () => {
    await storeOld("origin-refuses", 6 * MINUTE_S);
    await scriptOrigin("origin-refuses", fail("UNAVAILABLE", "too many builds"));
    await startIsolate({ BUILD_LIMIT: limitTo(1) }).settle("/v2/origin-refuses/manifests/latest", FLOODER);
    expect(log.mock.calls.join()).toContain("too many builds");
  });

  test("the cron trigger's look-ups count for nobody", async () => {
    await scriptOrigin("cron-uncounted", succeed(await storeOld("cron-uncounted", 0)));
    const settings = { ...env, REVALIDATE_TOP: "5" };
    await startIsolate(settings).settle("/v2/cron-uncounted/manifests/latest");
    const limit = vi.fn<RateLimit["limit"]>(async () => ({ success: false }));
    await worker.scheduled(createScheduledController(), { ...settings, BUILD_LIMIT: { limit } });
    expect(await callCount("cron-uncounted")).toBe(1);
    expect(limit).not.toHaveBeenCalled();
  });
});

describe("while the origin is down, the old tag is served", () => {
  async function storeUnreachable(name: string, image: Promise<TestImage>): Promise<TestImage> {
    await scriptOrigin(name, { steps: [{ cut: true }] });
    return image;
  }

  test.each([6 * MINUTE_S, DAY_S, 30 * DAY_S, 365 * DAY_S])("if it was looked up %i s ago", async (ageS) => {
    const name = `down-${ageS}`;
    const image = await storeUnreachable(name, storeOld(name, ageS));
    const response = await startIsolate().settle(`/v2/${name}/manifests/latest`);
    expect([response.status, response.headers.get("Docker-Content-Digest")]).toEqual([200, image.oci.digest]);
    expect(await callCount(name)).toBe(1);
    expect(log.mock.calls.join()).toContain("the build service is not reachable");
  });

  test.each([
    [59 * MINUTE_S, null],
    [61 * MINUTE_S, /^299 - "latest was last looked up at \d{4}-\d\d-\d\dT[\d:.]+Z; it may have moved since"$/],
  ])("with a warning when it is more than an hour old: %i s", async (ageS, warning) => {
    const name = `warned-${ageS}`;
    await storeUnreachable(name, storeOld(name, ageS));
    const { headers } = await startIsolate().settle(`/v2/${name}/manifests/latest`);
    expect(headers.get("Warning")).toEqual(warning && expect.stringMatching(warning));
  });

  test("and a record without a time counts as old", async () => {
    const image = await storeUnreachable("timeless", makeImage("timeless"));
    await storeInKv(image);
    await storeTag("timeless", { ...tagRecord(image), resolvedAt: "" });
    const response = await startIsolate().settle("/v2/timeless/manifests/latest");
    expect(response.headers.get("Docker-Content-Digest")).toBe(image.oci.digest);
    expect(response.headers.has("Warning")).toBe(true);
  });
});

describe("the cron trigger", () => {
  async function runCron(bindings: typeof env): Promise<void> {
    const context = createExecutionContext();
    await worker.scheduled(createScheduledController(), bindings);
    await waitOnExecutionContext(context);
  }

  /** Pulls each image this many times, each time in a new isolate. An isolate reports its first pull at once. */
  async function pullAll(pulls: Readonly<Record<string, number>>, settings: object): Promise<void> {
    for (const [path, times] of Object.entries(pulls)) {
      for (let count = 0; count < times; count++) await startIsolate(settings).settle(path);
    }
  }

  test("has the origin look up the most pulled images, and no others", async () => {
    for (const name of ["often", "seldom", "never"]) await scriptOrigin(name, succeed(await storeOld(name, 0)));
    const settings = { ...env, REVALIDATE_TOP: "1" };
    await pullAll({ "/v2/seldom/manifests/latest": 1, "/v2/often/manifests/latest": 3 }, settings);
    await runCron(settings);
    expect(await Promise.all(["often", "seldom", "never"].map(callCount))).toEqual([1, 0, 0]);
  });

  test("goes on if one of them fails", async () => {
    await storeOld("cron-fails", 0);
    await scriptOrigin("cron-fails", fail("UNAVAILABLE", "no"));
    await scriptOrigin("cron-works", succeed(await storeOld("cron-works", 0)));
    const settings = { ...env, REVALIDATE_TOP: "5" };
    await pullAll({ "/v2/cron-fails/manifests/latest": 2, "/v2/cron-works/manifests/latest": 1 }, settings);
    await runCron(settings);
    expect(await Promise.all(["cron-fails", "cron-works"].map(callCount))).toEqual([1, 1]);
    expect(log.mock.calls.join()).toContain("1 of 2 popular tags were not revalidated");
  });

  test("ignores images of another package source", async () => {
    await scriptOrigin("other-source", succeed(await storeOld("other-source", 0)));
    const settings = { ...env, REVALIDATE_TOP: "5" };
    await pullAll({ "/v2/other-source/manifests/latest": 1 }, settings);
    await runCron({ ...settings, PACKAGE_SOURCE: "channel:nixos-26.05" });
    expect(await callCount("other-source")).toBe(0);
  });

  test("does nothing if the setting is 0, and no pull is counted", async () => {
    await scriptOrigin("cron-off", succeed(await storeOld("cron-off", 0)));
    await pullAll({ "/v2/cron-off/manifests/latest": 1 }, { ...env, REVALIDATE_TOP: "0" });
    await runCron({ ...env, REVALIDATE_TOP: "0" });
    await runCron({ ...env, REVALIDATE_TOP: "5" });
    expect(await callCount("cron-off")).toBe(0);
  });

  test("does not look up names that were not served", async () => {
    await scriptOrigin("made-up", fail("MANIFEST_UNKNOWN", "no such package: made-up"));
    const settings = { ...env, REVALIDATE_TOP: "5" };
    expect((await startIsolate(settings).settle("/v2/made-up/manifests/latest")).status).toBe(404);
    await runCron(settings);
    expect(await callCount("made-up")).toBe(1);
  });
});

test("a pull does not wait until it is counted", async () => {
  await storeOld("uncounted", 0);
  const PULLS = new Proxy(env.PULLS, { get: () => () => ({ add: () => new Promise(() => undefined) }) });
  const response = await startIsolate({ PULLS, REVALIDATE_TOP: "1" }).call("/v2/uncounted/manifests/latest").response;
  expect(response.status).toBe(200);
  await response.arrayBuffer();
});
