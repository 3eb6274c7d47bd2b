import { reset, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { digestOf } from "../../protocol/digest.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import type { Bindings } from "../../worker/settings.ts";
import { readError, startIsolate } from "./client.ts";
import { spyOnLog } from "./failure-log.ts";
import { makeImage, storeImage, storeInKv, storeInR2, storeTag, tagRecord } from "./images.ts";
import { fail, originCalls, scriptOrigin } from "./origin.ts";

let log: ReturnType<typeof spyOnLog>;

beforeEach(() => {
  log = spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

const LOCAL = "http://127.0.0.1:8787";
const REBOUND = "http://evil.example:8787";

const OTHER_SITE = "pages of other sites cannot start builds; pull this image with a container engine";
const UNKNOWN_HOST = "evil.example is not a host of this registry; its operator can allow it with HOSTS";

/** Requests of a browser for a page of another site: an image, a script, a fetch. */
const FOREIGN: readonly [title: string, settings: Partial<Bindings>, host: string, headers: Record<string, string>][] =
  [
    ["a page of another site", {}, LOCAL, { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" }],
    ["a page of another host of the site", {}, LOCAL, { "Sec-Fetch-Site": "same-site" }],
    ["a page of another site, in upper case", {}, LOCAL, { "sec-fetch-site": "CROSS-SITE" }],
    ["a page under a host name that leads here", { HOSTS: "" }, REBOUND, { "Sec-Fetch-Site": "same-origin" }],
    ["a page under a host name that leads here, by one header", { HOSTS: "" }, REBOUND, { "Sec-Fetch-Mode": "cors" }],
    // DNS rebinding uses plain HTTP to a host name. Browsers then leave out Sec-Fetch-*.
    ["a page under a host name that leads here, without TLS", { HOSTS: "" }, REBOUND, { "Accept-Language": "de" }],
  ];

const OWN: readonly [title: string, settings: Partial<Bindings>, host: string, headers: Record<string, string>][] = [
  ["a client", {}, LOCAL, { "User-Agent": "docker/28.5.2" }],
  ["a client by another name of the registry", { HOSTS: "" }, REBOUND, { "User-Agent": "docker/28.5.2" }],
  ["a person, by the address bar", { HOSTS: "" }, LOCAL, { "Sec-Fetch-Site": "none", "Accept-Language": "de" }],
  ["a page of the registry", { HOSTS: "evil.example" }, REBOUND, { "Sec-Fetch-Site": "same-origin" }],
  [
    "a program that sends a browser's headers",
    { HOSTS: "" },
    LOCAL,
    { "Sec-Fetch-Mode": "cors", "Accept-Language": "*" },
  ],
  ["a browser, if HOSTS is not set", {}, REBOUND, { "Sec-Fetch-Site": "same-origin" }],
];

const nameOf = (kind: string, title: string) => `${kind}-${title.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`;

describe.each(["GET", "HEAD"])("by %s, no build is started for", (method) => {
  test.each(FOREIGN)("%s", async (title, settings, host, headers) => {
    const name = nameOf(`foreign-${method.toLowerCase()}`, title);
    const response = await startIsolate(settings).settle(`${host}/v2/${name}/manifests/latest`, { method, headers });
    expect(response.status).toBe(403);
    if (method === "GET") {
      expect(await readError(response)).toEqual({
        code: "DENIED",
        message: host === LOCAL ? OTHER_SITE : UNKNOWN_HOST,
      });
    }
    expect(await originCalls(name)).toEqual([]);
  });
});

test.each(OWN)("a build is started for %s", async (title, settings, host, headers) => {
  const name = nameOf("own", title);
  await scriptOrigin(name, fail("MANIFEST_UNKNOWN", "no such package"));
  const response = await startIsolate(settings).settle(`${host}/v2/${name}/manifests/latest`, { headers });
  expect(response.status).toBe(404);
  expect(await originCalls(name)).toHaveLength(1);
});

describe.each(FOREIGN)("for %s", (title, settings, host, headers) => {
  test("a built image is served, and an old tag is not looked up", async () => {
    const name = nameOf("old", title);
    const image = await makeImage(name);
    await storeInR2(image);
    await storeInKv(image);
    await storeTag(name, tagRecord(image, 600));
    const response = await startIsolate(settings).settle(`${host}/v2/${name}/manifests/latest`, { headers });
    expect(response.status).toBe(200);
    expect(await originCalls(name)).toEqual([]);
    expect(log).not.toHaveBeenCalled();
  });

  test("a lost blob is not fetched from an origin, and a damaged one not replaced", async () => {
    const digest = await digestOf(new Uint8Array(new TextEncoder().encode(title)));
    const isolate = startIsolate(settings);
    const lost = await isolate.settle(`${host}/v2/git/blobs/${digest}`, { headers });
    expect([lost.status, (await readError(lost)).code]).toEqual([403, "DENIED"]);
    await env.R2.put(blobKey(digest), "damaged");
    const { response, context } = isolate.call(`${host}/v2/git/blobs/${digest}`, { headers });
    await expect((await response).arrayBuffer()).rejects.toThrow();
    await waitOnExecutionContext(context);
    expect(await originCalls(`blobs/${digest}`)).toEqual([]);
  });
});

test("no build's object is called for a page of another site: a call may leave one behind", async () => {
  const BUILDS = new Proxy(env.BUILDS, {
    get() {
      throw new Error("no object must be called");
    },
  });
  const image = await makeImage("old");
  await storeInR2(image);
  await storeInKv(image);
  await storeTag("old", tagRecord(image, 600));
  const isolate = startIsolate({ BUILDS });
  const headers = { "Sec-Fetch-Site": "cross-site" };
  expect((await isolate.settle(`${LOCAL}/v2/made-up/manifests/latest`, { headers })).status).toBe(403);
  expect((await isolate.settle(`${LOCAL}/v2/old/manifests/latest`, { headers })).status).toBe(200);
  expect(log).not.toHaveBeenCalled();
});

test("a warm tag is also served to a page of another site", async () => {
  await storeImage("warm");
  const isolate = startIsolate();
  const headers = { "Sec-Fetch-Site": "cross-site" };
  for (let pull = 0; pull < 2; pull++) {
    expect((await isolate.settle(`${LOCAL}/v2/warm/manifests/latest`, { headers })).status).toBe(200);
  }
});
