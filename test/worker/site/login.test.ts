import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { basic, restricted } from "../access/users.ts";
import { callWorker, readError } from "../client.ts";
import { spyOnLog } from "../failure-log.ts";
import { ASSETS, BROWSER, NO_ASSETS } from "./assets.ts";

const KEY = "a1".repeat(32);
const ALICE = basic("alice", "wonderland");
const CHALLENGE = 'Basic realm="Cornice", charset="UTF-8"';

beforeEach(() => {
  spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

describe.each(["basic", "token"] as const)("a stranger with a browser (%s)", (scheme) => {
  const settings = { ...restricted(scheme), ASSETS };

  test.each(["/images/git", `/builds/${KEY}`, "/login", "/api/packages", "/api/images/git"])(
    "%s is the login page, and asks for a password",
    async (path) => {
      for (const headers of [BROWSER, { ...BROWSER, Authorization: basic("alice", "guess") }]) {
        const response = await callWorker(settings, path, { headers }).response;
        expect(response.status).toBe(401);
        expect(response.headers.get("WWW-Authenticate")).toBe(CHALLENGE);
        expect(response.headers.get("Content-Type")).toBe("text/html; charset=UTF-8");
        expect(response.headers.get("Cache-Control")).toBe("no-store");
        expect(response.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
        expect(await response.text()).toContain("<title>login");
      }
    },
  );

  test("gets the reason as text if the pages are missing", async () => {
    const without = { ...settings, ASSETS: NO_ASSETS };
    const response = await callWorker(without, "/images/git", { headers: BROWSER }).response;
    expect(response.status).toBe(401);
    expect(response.headers.get("WWW-Authenticate")).toBe(CHALLENGE);
    expect(response.headers.get("Content-Type")).toBe("text/plain; charset=UTF-8");
    expect(await response.text()).toBe("this registry is for users only; log in to look at it\n");
  });

  test("gets JSON from a script of the page, and from other programs", async () => {
    for (const headers of [{ Accept: "*/*" }, {}]) {
      const response = await callWorker(settings, "/images/git", { headers }).response;
      expect(response.status).toBe(401);
      expect((await readError(response)).code).toBe("UNAUTHORIZED");
    }
  });

  test("is sent to the start page after the login", async () => {
    const headers = { ...BROWSER, Authorization: ALICE };
    const response = await callWorker(settings, "/login", { headers, redirect: "manual" }).response;
    expect(response.status).toBe(303);
    expect(response.headers.get("Location")).toBe("/");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
  });
});

test("without users there is no login", async () => {
  const response = await callWorker({ ASSETS }, "/login", { headers: BROWSER }).response;
  expect(response.status).toBe(404);
  await response.arrayBuffer();
});

describe.each(["basic", "token"] as const)("/api/registry tells strangers nothing of the source (%s)", (scheme) => {
  const settings = { ...restricted(scheme, "git"), CATALOG: "true", PACKAGE_SOURCE: "git:https://git.example/secret" };
  const shared = { defaultArchitecture: "amd64", platforms: ["amd64"], maxPackages: 64, needsLogin: true };

  test("a stranger learns what an image's name may be, and that users log in", async () => {
    const response = await callWorker(settings, "/api/registry").response;
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ...shared, architectures: ["amd64"], hasTags: false, catalog: false });
  });

  test("a user learns the source", async () => {
    const headers = { Authorization: ALICE };
    const response = await callWorker(settings, "/api/registry", { headers }).response;
    expect(await response.json()).toEqual({
      ...shared,
      architectures: ["amd64", "arm64"],
      hasTags: true,
      catalog: true,
      source: settings.PACKAGE_SOURCE,
    });
  });

  test("a wrong password is refused", async () => {
    const headers = { Authorization: basic("alice", "guess") };
    const response = await callWorker(settings, "/api/registry", { headers }).response;
    expect(response.status).toBe(401);
    await response.arrayBuffer();
  });

  test("no other open path names it", async () => {
    for (const headers of [BROWSER, {}]) {
      const response = await callWorker({ ...settings, ASSETS }, "/", { headers }).response;
      expect(response.status).toBe(200);
      expect(await response.text()).not.toContain("git.example");
    }
  });
});
