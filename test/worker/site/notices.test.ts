import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { inject } from "vitest";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Bindings } from "../../../worker/settings.ts";
import type { Script } from "../../scripted-origin/script.ts";
import { basic, restricted } from "../access/users.ts";
import { startIsolate } from "../client.ts";
import { fail, originCalls, scriptOrigin } from "../origin.ts";
import { failingKv, failingR2 } from "../outages.ts";

/** No origin listens here. */
const NOBODY = "http://127.0.0.1:1";
const MINUTE_MS = 60_000;

afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  await reset();
});

const LOW: Script = { steps: [{ send: '{"notices":["low-disk"]}' }] };
const FINE: Script = { steps: [{ send: '{"notices":[]}' }] };
/** As an origin of an earlier release answers. */
const OLDER: Script = { status: 404, steps: [{ send: '{"code":"NOT_FOUND"}' }] };

let count = 0;

/** Starts an origin of its own for each script. Returns their paths and addresses, and the settings that name them. */
async function origins(...scripts: readonly Script[]) {
  const paths = scripts.map(() => `notices-${count++}`);
  for (const [index, script] of scripts.entries()) await scriptOrigin(`${paths[index]}/builds`, script);
  const settings = { ORIGINS: paths.map((path) => `${inject("originUrl")}/${path}`).join(" ") };
  return { paths, settings, calls: async () => (await Promise.all(paths.map(callsAt))).flat() };
}

function callsAt(path: string) {
  return originCalls(`${path}/builds`);
}

async function noticesOf(settings: Partial<Bindings>): Promise<unknown> {
  return answerOf(startIsolate(settings));
}

async function answerOf(isolate: ReturnType<typeof startIsolate>): Promise<unknown> {
  const response = await isolate.settle("/api/notices");
  expect(response.status).toBe(200);
  const { notices } = await response.json<{ readonly notices: unknown }>();
  return notices;
}

describe("a visitor is told", () => {
  test("that the disk of the only origin is nearly full", async () => {
    const { settings, calls } = await origins(LOW);
    expect(await noticesOf({ ...settings, KV: failingKv(), R2: failingR2() })).toEqual(["low-disk"]);
    expect(await calls()).toMatchObject([{ method: "GET", signature: "valid", body: "" }]);
  });

  test.each<[expected: string[], what: string, scripts: readonly Script[]]>([
    [["low-disk"], "all have it", [LOW, LOW]],
    [[], "one has room, because it can build everything", [LOW, FINE]],
    [[], "the other one has room", [FINE, LOW]],
    [["low-disk"], "all that answer have it", [OLDER, LOW]],
  ])("%j of several origins, if %s", async (expected, _, scripts) => {
    expect(await noticesOf((await origins(...scripts)).settings)).toEqual(expected);
  });

  test("whether or not another origin is down", async () => {
    const { settings } = await origins(LOW);
    expect(await noticesOf({ ORIGINS: `${NOBODY} ${settings.ORIGINS}` })).toEqual(["low-disk"]);
  });

  test.each(["guest", "user"])("as a %s of a registry with users", async (person) => {
    const { settings } = await origins(LOW);
    const headers = person === "user" ? { Authorization: basic("alice", "wonderland") } : {};
    const isolate = startIsolate({ ...settings, ...restricted("basic") });
    expect(await (await isolate.settle("/api/notices", { headers })).text()).toBe('{"notices":["low-disk"]}');
  });
});

describe("nothing is told", () => {
  test.each<[what: string, script: Script]>([
    ["has room", FINE],
    ["is of an earlier release", OLDER],
    ["has a defect", { status: 500, steps: [{ send: '{"notices":["low-disk"]}' }] }],
    ["says something else", { steps: [{ send: '{"notices":["disk /dev/vda is full",{"toString":1}]}' }] }],
    ["answers with no JSON", { steps: [{ send: "<p>low-disk</p>" }] }],
    [
      "answers with more than a kibibyte",
      { steps: [{ send: `{"notices":["low-disk"],"more":"${"x".repeat(1024)}"}` }] },
    ],
    ["breaks off", { steps: [{ send: '{"notices":["low-disk"' }, { waitMs: 10 }, { cut: true }] }],
    ["leads elsewhere", { status: 302, headers: { Location: "/notices-0/builds" }, steps: [] }],
  ])("if an origin %s", async (_, script) => {
    expect(await noticesOf((await origins(script)).settings)).toEqual([]);
  });

  test("if no origin is there", async () => {
    expect(await noticesOf({ ORIGINS: NOBODY })).toEqual([]);
  });

  test("if the origin is a container, which a question would start", async () => {
    const containers = { ORIGIN_CONTAINERS: env.PULLS, ORIGIN_URL: "http://origin-1" };
    const asked = vi.spyOn(env.PULLS, "getByName");
    expect(await noticesOf(containers)).toEqual([]);
    expect(asked).not.toHaveBeenCalled();
  });

  test("after two seconds, if the origin is frozen", async () => {
    const began = Date.now();
    expect(await noticesOf((await origins({ ...LOW, muteMs: 4000 })).settings)).toEqual([]);
    expect(Date.now() - began).toBeLessThan(3500);
  });
});

describe("an isolate asks once a minute, for all visitors", () => {
  test("and tells of a change then", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { paths, settings, calls } = await origins(LOW);
    const isolate = startIsolate(settings);
    for (let visitor = 0; visitor < 3; visitor++) expect(await answerOf(isolate)).toEqual(["low-disk"]);
    expect(await calls()).toHaveLength(1);
    await scriptOrigin(`${paths[0]}/builds`, FINE);
    vi.setSystemTime(Date.now() + MINUTE_MS);
    expect(await answerOf(isolate)).toEqual([]);
    expect(await calls()).toHaveLength(2);
  });

  test("also if the origin is down", async () => {
    const { settings, calls } = await origins({ status: 503, steps: [] });
    const isolate = startIsolate(settings);
    for (let visitor = 0; visitor < 3; visitor++) expect(await answerOf(isolate)).toEqual([]);
    expect(await calls()).toHaveLength(1);
  });

  test("and no second visitor waits for an origin that is slow", async () => {
    const { settings, calls } = await origins({ ...LOW, muteMs: 500 });
    const isolate = startIsolate(settings);
    const first = answerOf(isolate);
    expect(await answerOf(isolate)).toEqual([]);
    expect(await first).toEqual(["low-disk"]);
    expect(await answerOf(isolate)).toEqual(["low-disk"]);
    expect(await calls()).toHaveLength(1);
  });
});

test("a pull asks for no notices", async () => {
  const { settings, calls } = await origins(LOW);
  await scriptOrigin("unnoticed", fail("MANIFEST_UNKNOWN", "no such package"));
  const isolate = startIsolate(settings);
  await isolate.settle("/v2/");
  await isolate.settle("/v2/unnoticed/manifests/latest");
  await isolate.settle("/");
  expect(await calls()).toEqual([]);
});
