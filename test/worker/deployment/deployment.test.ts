import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  DEPLOYMENT_CHECK_PATH,
  type EdgeReport,
  parseEdgeReport,
  PROBE_KEY,
  probeCacheKey,
} from "../../../protocol/deployment-check.ts";
import { RELEASE } from "../../../protocol/release.ts";
import { signCall, SIGNATURE_HEADER, TIMESTAMP_HEADER } from "../../../protocol/signature.ts";
import type { Bindings } from "../../../worker/settings.ts";
import { readError, startIsolate } from "../client.ts";
import { spyOnLog } from "../failure-log.ts";
import { failingKv, failingR2 } from "../outages.ts";
import { containing } from "../../matchers.ts";

const VALUE = "a1".repeat(16);
const NOW_S = () => Math.floor(Date.now() / 1000);
const SECRET = env.ORIGIN_SECRET ?? "";

beforeEach(() => {
  spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** An origin that answers each path in this way. */
function originThat(answer: (path: string) => Response): Partial<Bindings> {
  const fetch = async (input: RequestInfo | URL) => answer(new URL(new Request(input).url).pathname);
  const connect = () => {
    throw new Error("an origin has no sockets");
  };
  return { ORIGIN_CERT: { fetch, connect } };
}

const HEALTHY = originThat((path) =>
  path === "/healthz" ? new Response("ok 7.1.0") : Response.json({ code: "BLOB_UNKNOWN" }, { status: 404 }),
);

async function ask(settings: Partial<Bindings>, { secret = SECRET, at = NOW_S(), body = `{"value":"${VALUE}"}` } = {}) {
  const timestamp = String(at);
  const signature = await signCall(secret, { method: "POST", path: DEPLOYMENT_CHECK_PATH, timestamp, body });
  const headers = { [TIMESTAMP_HEADER]: timestamp, [SIGNATURE_HEADER]: signature };
  return startIsolate(settings).settle(DEPLOYMENT_CHECK_PATH, { method: "POST", body, headers });
}

async function report(settings: Partial<Bindings> = HEALTHY): Promise<EdgeReport> {
  const response = await ask(settings);
  expect(response.status).toBe(200);
  const parsed = parseEdgeReport(await response.json());
  if (!parsed) throw new Error("the Worker sent no whole report");
  return parsed;
}

async function putProbe(value: string): Promise<void> {
  await env.R2.put(PROBE_KEY, value);
  await env.KV.put(probeCacheKey(VALUE), value);
}

describe("/healthz", () => {
  test("names the release to anybody, without a store", async () => {
    const response = await startIsolate({ R2: failingR2(), KV: failingKv() }).settle("/healthz");
    expect([response.status, await response.text()]).toEqual([200, `ok ${RELEASE}`]);
  });

  test("is no answer of a Worker with a wrong setting", async () => {
    expect((await startIsolate({ MAX_PACKAGES: "many" }).settle("/healthz")).status).toBe(503);
  });
});

describe("a check of the deployment", () => {
  test("says whether the Worker reads the caller's stores", async () => {
    expect(await report()).toMatchObject({ r2: "missing", kv: "missing" });
    await putProbe("older");
    expect(await report()).toMatchObject({ r2: "other", kv: "other" });
    await putProbe(VALUE);
    expect(await report()).toMatchObject({ r2: "same", kv: "same" });
    expect(await report({ ...HEALTHY, R2: failingR2(), KV: failingKv() })).toMatchObject({
      r2: "failed",
      kv: "failed",
    });
  });

  test("says what the Worker stands for, and the time", async () => {
    const before = Date.now();
    const { nowMs, release, packageSource, platforms, missingLimits, problems } = await report({
      ...HEALTHY,
      BUILD_LIMIT: undefined,
      PLATFORMS: "amd64",
    });
    expect({ release, packageSource, platforms, problems }).toEqual({
      release: RELEASE,
      packageSource: env.PACKAGE_SOURCE,
      platforms: ["amd64"],
      problems: [],
    });
    expect(missingLimits).toContain("BUILD_LIMIT");
    expect(nowMs).toBeGreaterThanOrEqual(before);
  });

  test("names all wrong settings, which nobody else learns", async () => {
    const wrong = { ...HEALTHY, MAX_PACKAGES: "many", MANIFEST_HOLD: "0" };
    expect((await report(wrong)).problems).toEqual([containing("MAX_PACKAGES"), containing("MANIFEST_HOLD")]);
    const refused = await ask(wrong, { secret: "x".repeat(32) });
    expect(refused.status).toBe(503);
    expect(await refused.text()).not.toContain("MAX_PACKAGES");
  });

  test.each([
    ["accepts the Worker's call", HEALTHY, { answer: "accepted", release: "7.1.0" }],
    [
      "has another secret",
      originThat(() => Response.json({ code: "UNAUTHORIZED" }, { status: 401 })),
      { answer: "refused", detail: '401 {"code":"UNAUTHORIZED"}' },
    ],
    ["is another program", originThat(() => new Response("hello")), { answer: "refused", detail: "200 hello" }],
    [
      "does not answer",
      originThat(() => {
        throw new Error("no route");
      }),
      { answer: "failed", detail: "no route" },
    ],
  ])("says whether an origin %s", async (_, settings, origin) => {
    expect((await report(settings)).origins).toMatchObject([{ url: env.ORIGIN_URL, ...origin }]);
  });

  test("asks each of several origins", async () => {
    const { origins } = await report({ ...HEALTHY, ORIGINS: "https://a.example https://b.example" });
    expect(origins.map(({ url }) => url)).toEqual(["https://a.example", "https://b.example"]);
  });

  test.each([
    ["without a signature", {}, "the call's signature is missing", { method: "POST", body: "{}" }],
    ["with another secret", { secret: "x".repeat(32) }, "the call's signature is wrong"],
    ["of another time", { at: NOW_S() - 400 }, "the call's signature is expired"],
  ])("refuses a call %s", async (_, options, message, init?: RequestInit) => {
    const response = await (init ? startIsolate().settle(DEPLOYMENT_CHECK_PATH, init) : ask(HEALTHY, options));
    expect([response.status, await readError(response)]).toEqual([403, { code: "DENIED", message }]);
  });

  test.each(["", "[]", '{"value":"../tag"}', `{"value":"${"a".repeat(2000)}"}`])(
    "refuses the body %j",
    async (body) => {
      expect((await ask(HEALTHY, { body })).status).toBe(400);
    },
  );
});
