import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { BuildState } from "../../../protocol/build-state.ts";
import type { Bindings } from "../../../worker/settings.ts";
import { buildAddress } from "../../../worker/builds/build-address.ts";
import { containing } from "../../matchers.ts";
import { callWorker, HOST, pull, readError } from "../client.ts";
import { spyOnLog } from "../failure-log.ts";
import { buildKeyOf, scriptOrigin, sendEvents } from "../origin.ts";
import { ASSETS, BROWSER } from "./assets.ts";

beforeEach(() => {
  spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

const KEY = "a1".repeat(32);
const SCRIPT = "<script>alert(1)</script>";
const FAILURE = { event: "error", code: "MANIFEST_UNKNOWN", message: "building git failed" } as const;

/** A build that fails after Nix has begun. A line of its log looks like HTML. */
async function failBuild(name: string): Promise<Response> {
  const line = { event: "log", line: SCRIPT } as const;
  await scriptOrigin(name, sendEvents({ event: "queued" }, { event: "phase", phase: "realise" }, line, FAILURE));
  return pull(`/v2/${name}/manifests/latest`);
}

function get(path: string, headers: HeadersInit = {}): Promise<Response> {
  return callWorker({ ASSETS }, path, { headers }).response;
}

describe("/builds/<key>", () => {
  test("is text for a terminal", async () => {
    await (await failBuild("site-told")).arrayBuffer();
    const response = await get(buildAddress(await buildKeyOf("site-told")));
    expect(response.headers.get("Content-Type")).toBe("text/plain; charset=UTF-8");
    const text = await response.text();
    expect(text).toMatch(/^site-told:latest\nended after \d+\.\d s\n\nrealise {2}0\.\d s {2}failed\n/);
    expect(text).toContain(`\n${SCRIPT}\n\nfailed: building git failed\n`);
  });

  test("is the page for a browser, without any text of the build", async () => {
    await (await failBuild("site-shown")).arrayBuffer();
    const response = await get(buildAddress(await buildKeyOf("site-shown")), BROWSER);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("<!doctype html><title>build</title>");
  });

  test.each([KEY, KEY.toUpperCase(), "x", `${KEY}/`, `${KEY}0`, "..%2f..%2fv2", ""])(
    "%j is not known: 404 with advice for terminals, and with the page for browsers",
    async (key) => {
      const response = await get(`/builds/${key}`);
      expect(response.status).toBe(404);
      expect(await readError(response)).toMatchObject({ message: containing("pull the image") });
      const shown = await get(`/builds/${key}`, BROWSER);
      expect(shown.status).toBe(404);
      expect(await shown.text()).toContain("<title>build");
    },
  );
});

describe("GET /api/builds/<key>", () => {
  test("is the build's state, in which HTML is data", async () => {
    await (await failBuild("site-asked")).arrayBuffer();
    const response = await get(`/api/builds/${await buildKeyOf("site-asked")}`);
    expect(response.headers.get("Content-Type")).toBe("application/json");
    const state = await response.json<BuildState>();
    expect(state.log.lines).toEqual([SCRIPT]);
    expect(state.end?.outcome).toEqual(FAILURE);
  });

  test.each([KEY, "x", `${KEY}0`, KEY.toUpperCase(), "%2e%2e"])("%s is not known", async (key) => {
    const response = await get(`/api/builds/${key}`, BROWSER);
    expect(response.status).toBe(404);
    expect((await readError(response)).code).toBe("NAME_UNKNOWN");
  });
});

describe("a key that this registry did not make", () => {
  const paths = (key: string) => [`/builds/${key}`, `/api/builds/${key}`, `/api/builds/${key}/events`];
  const MADE_UP = [KEY, "0".repeat(64)];

  /** A call to an object may leave it behind. */
  const BUILDS = new Proxy(env.BUILDS, {
    get() {
      throw new Error("no object must be addressed");
    },
  });

  async function statusOf(path: string, settings: Partial<Bindings>): Promise<number> {
    const response = await callWorker(settings, path, { headers: { Upgrade: "websocket" } }).response;
    await response.arrayBuffer();
    return response.status;
  }

  test("reaches no object", async () => {
    const real = await buildKeyOf("site-real");
    const another = await buildKeyOf("site-another");
    const changed = real.slice(0, -1) + (real.endsWith("0") ? "1" : "0");
    for (const key of [...MADE_UP, changed, real.slice(0, 48) + another.slice(48)]) {
      for (const path of paths(key)) expect(await statusOf(path, { BUILDS })).toBe(404);
    }
    for (const path of paths(real)) expect(await statusOf(path, { BUILDS })).toBe(500);
  });

  test("may be made with another secret", async () => {
    const [path = ""] = paths(await buildKeyOf("site-real"));
    expect(await statusOf(path, { BUILDS, ORIGIN_SECRET: "another secret, which is long enough, too" })).toBe(404);
  });
});

describe("the message of a build that failed", () => {
  test("has the address of its log", async () => {
    const { message } = await readError(await failBuild("site-pointed"));
    const page = `${HOST}/builds/${await buildKeyOf("site-pointed")}`;
    expect(message).toBe(`building git failed\nthe build's log: ${page}`);
  });

  test("has no such address before Nix has begun", async () => {
    await scriptOrigin("site-plain", sendEvents({ event: "queued" }, { event: "phase", phase: "evaluate" }, FAILURE));
    const { message } = await readError(await pull("/v2/site-plain/manifests/latest"));
    expect(message).toBe("building git failed");
  });
});
