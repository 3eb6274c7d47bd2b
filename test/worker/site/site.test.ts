import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Bindings } from "../../../worker/settings.ts";
import { routes } from "../../../worker/entrance.ts";
import { ask, basic, restricted } from "../access/users.ts";
import { callWorker, readError, startIsolate } from "../client.ts";
import { storeImage } from "../images.ts";
import { originCalls } from "../origin.ts";
import { failingKv, failingR2 } from "../outages.ts";
import { ASSETS, BROWSER, NO_ASSETS } from "./assets.ts";

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

const KEY = "a1".repeat(32);

function get(path: string, headers: HeadersInit = {}, settings: Partial<Bindings> = { ASSETS }): Promise<Response> {
  return callWorker(settings, path, { headers }).response;
}

describe("the client's Accept decides between page and text", () => {
  test.each<[accept: string, type: string]>([
    [BROWSER.Accept, "text/html"],
    ["text/html", "text/html"],
    ["text/plain;q=0.5, TEXT/HTML", "text/html"],
    ["*/*", "text/plain"],
    ["", "text/plain"],
    ["text/html;q=0.5, text/plain", "text/plain"],
    ["text/html;q=0", "text/plain"],
    ["application/json", "text/plain"],
  ])("%j: %s", async (Accept, type) => {
    const response = await get("/images/git", { Accept });
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe(`${type}; charset=UTF-8`);
    expect(response.headers.get("Vary")).toBe("Accept");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(response.headers.has("ETag")).toBe(false);
    expect(await response.text()).toMatch(type === "text/html" ? "<title>image" : "not built yet");
  });

  test("a browser also gets text if the pages are missing", async () => {
    const response = await get("/images/git", BROWSER, { ASSETS: NO_ASSETS });
    expect(await response.text()).toContain("not built yet");
  });

  test("a browser also gets text if there are no static assets, or if they fail", async () => {
    const { ASSETS: _, ...without } = env;
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    const broken = { ...env, ASSETS: { fetch: () => Promise.reject(new Error("assets are down")) } };
    for (const bindings of [without, broken]) {
      const response = await routes.request("/images/git", { headers: BROWSER }, bindings, CONTEXT);
      expect(await response.text()).toContain("not built yet");
    }
    expect(log.mock.calls.join()).toContain("assets are down");
  });

  test("HEAD has the same answer as GET, without a body", async () => {
    const response = await callWorker({ ASSETS }, "/images/git", { method: "HEAD", headers: BROWSER }).response;
    expect(response.headers.get("Content-Type")).toBe("text/html; charset=UTF-8");
    expect(await response.text()).toBe("");
  });
});

const CONTEXT = { waitUntil: () => undefined, passThroughOnException: () => undefined, props: {} };

describe("GET /", () => {
  test("is the start page in a browser, and a line of text elsewhere", async () => {
    expect(await (await get("/", BROWSER)).text()).toContain("<title>start");
    expect(await (await get("/")).text()).toMatch(/^A container registry .*\n$/);
  });

  test.each(["basic", "token"] as const)("is for everybody (%s)", async (scheme) => {
    expect((await ask({ ...restricted(scheme), ASSETS }, "/")).status).toBe(200);
  });
});

describe("the policy for browsers", () => {
  test.each<[path: string, status: number, headers: HeadersInit]>([
    ["/", 200, BROWSER],
    ["/images/git", 200, BROWSER],
    ["/images/git", 200, {}],
    ["/images/GIT", 400, BROWSER],
    [`/builds/${KEY}`, 404, BROWSER],
    [`/builds/${KEY}`, 404, {}],
    ["/api/registry", 200, {}],
    ["/api/notices", 200, {}],
    ["/api/images/git", 200, {}],
    [`/api/builds/${KEY}`, 404, {}],
    ["/api/packages", 404, {}],
    ["/api/nothing", 404, {}],
  ])("%s (%i) is in the same policy", async (path, status, headers) => {
    const response = await get(path, headers);
    await response.arrayBuffer();
    expect(response.status).toBe(status);
    const policy = response.headers.get("Content-Security-Policy") ?? "";
    expect(policy.split("; ").toSorted()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "font-src 'self'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "img-src 'self' data:",
      "manifest-src 'self'",
      "script-src 'self'",
      "style-src 'self'",
    ]);
    expect(response.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(response.headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(response.headers.get("Cross-Origin-Opener-Policy")).toBe("same-origin");
    expect(response.headers.get("Access-Control-Allow-Origin")).toBeNull();
  });
});

describe("GET /api/registry", () => {
  test("has what the page needs", async () => {
    const settings = {
      PACKAGE_SOURCE: "channel:nixos-25.11",
      PLATFORMS: "arm64",
      DEFAULT_ARCHITECTURE: "arm64",
      CATALOG: "true",
    };
    expect(await (await get("/api/registry", {}, settings)).json()).toEqual({
      source: "channel:nixos-25.11",
      defaultArchitecture: "arm64",
      platforms: ["arm64"],
      architectures: ["amd64", "arm64"],
      hasTags: true,
      maxPackages: 64,
      catalog: true,
      needsLogin: false,
    });
  });

  test.each(["basic", "token"] as const)("is for everybody, and says that users must log in (%s)", async (scheme) => {
    const response = await ask(restricted(scheme), "/api/registry");
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ needsLogin: true });
  });
});

describe.each(["basic", "token"] as const)("with AUTH=%s other paths are for users only", (scheme) => {
  const settings = { ...restricted(scheme, "git"), ASSETS };
  const paths = [
    "/images/git",
    `/builds/${KEY}`,
    "/api/images/git",
    `/api/builds/${KEY}`,
    `/api/builds/${KEY}/events`,
    "/api/popular",
  ];

  test.each(paths)("%s needs a password, and nothing is looked up without it", async (path) => {
    const locked = { ...settings, KV: failingKv(), R2: failingR2() };
    for (const authorization of [undefined, basic("alice", "guess"), "Bearer x.y.z"]) {
      const response = await ask(locked, path, authorization);
      expect(response.status).toBe(401);
      expect(response.headers.get("WWW-Authenticate")).toBe('Basic realm="Cornice", charset="UTF-8"');
      expect(response.headers.get("Cache-Control")).toBe("no-store");
      expect((await readError(response)).code).toBe("UNAUTHORIZED");
    }
    const response = await ask(settings, path, basic("alice", "wonderland"));
    expect(response.status).not.toBe(401);
    await response.arrayBuffer();
  });

  test("an order of a build also needs a password", async () => {
    const order = {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: '{"name":"x","tag":"latest"}',
    };
    const response = await callWorker(settings, "/api/builds", order).response;
    expect(response.status).toBe(401);
    await response.arrayBuffer();
  });

  test("a user sees an image, and no cache keeps the answer", async () => {
    await storeImage("secret");
    const headers = { Authorization: basic("alice", "wonderland") };
    const response = await startIsolate(settings).settle("/api/images/secret", { headers });
    expect(await response.json()).toMatchObject({ name: "secret", built: { revision: "0123abc" } });
    expect(response.headers.get("Cache-Control")).toBe("no-store");
  });
});

describe("under a host name that HOSTS does not allow", () => {
  const paths = [
    "/",
    "/images/git",
    `/builds/${KEY}`,
    `/api/builds/${KEY}`,
    "/api/registry",
    "/api/notices",
    "/api/images/git",
    "/api/packages",
    "/api/popular",
  ];

  test.each(paths)("%s is refused, also for a browser, with the same policy", async (path) => {
    for (const headers of [{}, BROWSER]) {
      const settings = { ASSETS, HOSTS: "registry.example" };
      const response = await get(`http://evil.example:8787${path}`, headers, settings);
      expect(response.status).toBe(403);
      expect(response.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
      expect(await readError(response)).toEqual({
        code: "DENIED",
        message: "evil.example is not a host of this registry; its operator can allow it with HOSTS",
      });
    }
  });

  test("no build is started", async () => {
    const init = {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: "http://evil.example:8787" },
      body: '{"name":"rebound","tag":"latest"}',
    };
    const { response } = callWorker({ HOSTS: "" }, "http://evil.example:8787/api/builds", init);
    expect((await response).status).toBe(403);
    expect(await originCalls("rebound")).toEqual([]);
  });

  test.each(["http://localhost:8787", "http://127.0.0.1:8787", "http://[::1]:8787", "https://registry.example"])(
    "%s is allowed",
    async (host) => {
      for (const path of ["/", "/images/git", "/api/registry"]) {
        expect((await get(host + path, {}, { ASSETS, HOSTS: "registry.example" })).status).toBe(200);
      }
    },
  );
});

test("a client that asks too often gets 429", async () => {
  const settings = { ASSETS, PULL_LIMIT: { limit: async () => ({ success: false }) } };
  for (const path of ["/images/git", `/builds/${KEY}`, "/api/registry", "/api/notices", "/api/packages"]) {
    const response = await get(path, { "CF-Connecting-IP": "192.0.2.1" }, settings);
    expect(response.status).toBe(429);
    await response.arrayBuffer();
  }
});
