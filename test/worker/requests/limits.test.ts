import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Bindings } from "../../../worker/settings.ts";
import { basic, restricted } from "../access/users.ts";
import { callWorker, readError, startIsolate } from "../client.ts";
import { storeImage } from "../images.ts";
import { fail, originCalls, scriptOrigin } from "../origin.ts";

/** The limit of `BUILD_LIMIT` and `PASSWORD_LIMIT` in `wrangler.toml`. */
const LIMIT = 30;

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

function ask(settings: Partial<Bindings>, path: string, address?: string, more: HeadersInit = {}): Promise<Response> {
  const headers = new Headers(more);
  if (address !== undefined) headers.set("CF-Connecting-IP", address);
  return callWorker(settings, path, { headers }).response;
}

/**
 * Asks from the addresses in turn until a request is refused. Returns how many were served before. The counters
 * start anew each minute: a client that sends a little more than twice the limit is refused in one of two minutes.
 */
async function askUntilRefused(
  settings: Partial<Bindings>,
  path: string | ((index: number) => string),
  addresses: readonly (string | undefined)[],
  more?: HeadersInit,
): Promise<{ readonly response: Response; readonly served: number }> {
  for (let served = 0; ; served++) {
    const at = typeof path === "string" ? path : path(served);
    const response = await ask(settings, at, addresses[served % addresses.length], more);
    if (response.status === 429 || served > 2 * LIMIT) return { response, served };
    await response.arrayBuffer();
  }
}

describe("a client that asks too often", () => {
  test("gets 429, with the time to come back", async () => {
    const { response } = await askUntilRefused({ PULL_LIMIT: env.BUILD_LIMIT }, "/v2/", ["192.0.2.1"]);
    expect(response.status).toBe(429);
    expect(response.headers.get("Retry-After")).toBe("30");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await readError(response)).toEqual({
      code: "TOOMANYREQUESTS",
      message: "too many requests from your address; try again in a minute",
    });
    const other = await ask({ PULL_LIMIT: env.BUILD_LIMIT }, "/v2/", "192.0.2.2");
    expect(other.status).toBe(200);
    await other.arrayBuffer();
  });

  test("gets no password hashed", async () => {
    const hashing = vi.spyOn(crypto.subtle, "deriveBits");
    const settings = { ...restricted("token"), PULL_LIMIT: env.BUILD_LIMIT };
    const guess = { Authorization: basic("alice", "guess") };
    const { response, served } = await askUntilRefused(settings, "/token", ["192.0.2.3"], guess);
    expect(response.status).toBe(429);
    expect(hashing).toHaveBeenCalledTimes(served);
  });

  test.each([
    ["one IPv6 network", ["2001:db8:0:1::1", "2001:DB8:0:1:ffff::", "2001:0db8:0000:0001:1:2:3:4"], 429],
    ["one IPv6 network of zeros", ["2001:db8::1", "2001:db8::2:3:4:5", "2001:db8:0:0:1::"], 429],
    ["several IPv6 networks", ["2001:db8:0:2::1", "2001:db8:0:3::1", "2001:db8:0:4::1"], 200],
    ["no address, as on a local machine", [undefined], 200],
  ] as const)("counts as one from %s: %s", async (_, addresses, status) => {
    const { response } = await askUntilRefused({ PULL_LIMIT: env.BUILD_LIMIT }, "/v2/", addresses);
    expect(response.status).toBe(status);
    await response.arrayBuffer();
  });
});

describe("images that no cache has", () => {
  test.each(["", "?hop=9"])("are built up to the limit, while built ones are served (%j)", async (query) => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const address = `198.51.100.${query.length}`;
    const path = (index: number) => `/v2/unbuilt${query.length}-${index}/manifests/latest${query}`;
    const { response, served } = await askUntilRefused({}, path, [address]);
    expect(response.status).toBe(429);
    expect((await readError(response)).message).toContain("too many new images for your address");
    expect(served).toBeGreaterThanOrEqual(LIMIT);
    expect(await originCalls(`unbuilt${query.length}-${served}`)).toHaveLength(0);
    await storeImage("built");
    const built = await ask({}, "/v2/built/manifests/latest", address);
    expect(built.status).toBe(200);
    await built.arrayBuffer();
  });

  test("count once for all clients that join the build, or come after its end", async () => {
    await scriptOrigin("joined", fail("MANIFEST_UNKNOWN", "no such package: joined"));
    const { response } = await askUntilRefused({}, "/v2/joined/manifests/latest", ["198.51.100.1"]);
    expect(response.status).toBe(404);
    await response.arrayBuffer();
    expect(await originCalls("joined")).toHaveLength(1);
  });

  test("do not count if they are built already", async () => {
    await storeImage("built");
    const { response } = await askUntilRefused({}, "/v2/built/manifests/latest", ["198.51.100.2"]);
    expect(response.status).toBe(200);
    await response.arrayBuffer();
  });
});

describe("a client that tries too many passwords", () => {
  const WRONG = basic("alice", "guess");
  const RIGHT = basic("alice", "wonderland");
  /** Lets this many requests through, for all clients together. Remembers the keys under which they were counted. */
  function countTo(limit: number): RateLimit & { readonly keys: string[] } {
    const keys: string[] = [];
    return { keys, limit: async ({ key }) => ({ success: keys.push(key) <= limit }) };
  }

  function askAt(isolate: ReturnType<typeof startIsolate>, path: string, authorization: string, address?: string) {
    const from = address === undefined ? {} : { "CF-Connecting-IP": address };
    return isolate.settle(path, { headers: { Authorization: authorization, ...from } });
  }

  test.each<["basic" | "token", string]>([
    ["basic", "/v2/"],
    ["basic", "/api/packages"],
    ["token", "/token"],
    ["token", "/images/git"],
  ])("is told so before another one is hashed (%s, %s)", async (scheme, path) => {
    const hashing = vi.spyOn(crypto.subtle, "deriveBits");
    const isolate = startIsolate({ ...restricted(scheme), PASSWORD_LIMIT: countTo(2) });
    const statuses = [];
    for (let guess = 0; guess < 3; guess++) statuses.push((await askAt(isolate, path, WRONG, "192.0.2.1")).status);
    expect(statuses).toEqual([401, 401, 429]);
    expect(hashing).toHaveBeenCalledTimes(2);
    const response = await askAt(isolate, path, WRONG, "192.0.2.1");
    expect([response.headers.get("Retry-After"), response.headers.get("Cache-Control")]).toEqual(["30", "no-store"]);
    expect(await readError(response)).toEqual({
      code: "TOOMANYREQUESTS",
      message: "too many passwords were tried; make sure that yours is right, and log in again in a minute",
    });
  });

  test("gets 429 at the token endpoint by POST", async () => {
    const isolate = startIsolate({ ...restricted("token"), PASSWORD_LIMIT: countTo(0) });
    const body = new URLSearchParams({ grant_type: "password", username: "alice", password: "guess" });
    expect((await isolate.settle("/token", { method: "POST", body })).status).toBe(429);
  });

  test("stops no user who logged in before, and a right password counts once", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const counter = countTo(2);
    const isolate = startIsolate({ ...restricted("basic"), PASSWORD_LIMIT: counter });
    expect((await askAt(isolate, "/v2/", RIGHT, "192.0.2.2")).status).toBe(200);
    for (let pulls = 0; pulls < 5; pulls++) {
      expect((await askAt(isolate, "/v2/", WRONG, "192.0.2.1")).status).toBe(pulls === 0 ? 401 : 429);
      // In total, twice the time for which an unused password is remembered.
      vi.setSystemTime(Date.now() + 24_000);
      expect((await askAt(isolate, "/v2/", RIGHT, "192.0.2.2")).status).toBe(200);
    }
    expect(counter.keys.filter((key) => key === "192.0.2.2")).toHaveLength(1);
    vi.useRealTimers();
  });

  test("shares one count with all clients without an address", async () => {
    const counter = countTo(Infinity);
    const isolate = startIsolate({ ...restricted("basic"), PASSWORD_LIMIT: counter });
    for (const address of [undefined, undefined, "192.0.2.1"]) await askAt(isolate, "/v2/", WRONG, address);
    expect(counter.keys).toEqual(["no address", "no address", "192.0.2.1"]);
  });

  test("is counted by the binding in wrangler.toml", async () => {
    const isolate = startIsolate({ ...restricted("basic"), PASSWORD_LIMIT: env.PASSWORD_LIMIT });
    const guesses = Array.from({ length: 2 * LIMIT + 1 }, () => askAt(isolate, "/v2/", WRONG));
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(LIMIT);
    expect(statuses).toContain(429);
  });
});

test("without rate limits, or if they fail, everybody is served", async () => {
  const log = vi.spyOn(console, "error").mockReturnValue(undefined);
  const broken: RateLimit = { limit: () => Promise.reject(new Error("the counter is down")) };
  const response = await ask({ PULL_LIMIT: broken }, "/v2/", "203.0.113.1");
  expect(response.status).toBe(200);
  expect(log.mock.calls.join()).toContain("the counter is down");
  const { PULL_LIMIT: _pulls, BUILD_LIMIT: _builds, PASSWORD_LIMIT: _passwords, ...without } = env;
  const { routes } = await import("../../../worker/entrance.ts");
  const unlimited = await routes.request("/v2/", { headers: { "CF-Connecting-IP": "203.0.113.1" } }, without);
  expect(unlimited.status).toBe(200);
});
