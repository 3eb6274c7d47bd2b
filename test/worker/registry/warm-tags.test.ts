import { createExecutionContext, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { routes } from "../../../worker/entrance.ts";
import { basic, restricted, storePackages } from "../access/users.ts";
import { HOST, startIsolate } from "../client.ts";
import { countStores } from "../counting.ts";
import { makeImage, storeImage, storeTag, tagRecord } from "../images.ts";

const DOCKER = { Accept: "application/vnd.docker.distribution.manifest.v2+json" };
const NO_LIMIT = { PULL_LIMIT: undefined };

/** Stops the clock, because a tag is remembered for five seconds only. */
function stopClock(): void {
  vi.spyOn(Date, "now").mockReturnValue(Date.now());
}

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** The registry's answer in an isolate that has just served the same tag. */
function answerOfRegistry(bindings: Parameters<typeof routes.fetch>[1], path: string, init: RequestInit) {
  return routes.fetch(new Request(`${HOST}${path}`, init), bindings, createExecutionContext());
}

describe("a tag that was just served gets the same answer as from the registry", () => {
  test.each([
    ["GET, without a limit", {}, NO_LIMIT],
    ["HEAD, without a limit", { method: "HEAD" }, NO_LIMIT],
    ["GET, with a limit", {}, {}],
    ["HEAD, with a limit", { method: "HEAD" }, {}],
    ["GET of Docker's own format", { headers: DOCKER }, NO_LIMIT],
    ["GET of a manifest that the client has", { headers: { "If-None-Match": "*" } }, NO_LIMIT],
  ])("%s", async (_, init, settings) => {
    stopClock();
    await storeImage("warm");
    const stores = countStores();
    const isolate = startIsolate({ ...settings, KV: stores.KV, R2: stores.R2 });
    const path = "/v2/warm/manifests/latest";
    await isolate.settle(path, init);
    stores.take();
    const warm = await isolate.settle(path, init);
    const other = await answerOfRegistry(isolate.env, path, init);
    expect(stores.take()).toEqual({});
    expect(warm.headers.get("Cornice-Cache")).toBe("memory");
    expect(warm.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect([warm.status, Object.fromEntries(warm.headers)]).toEqual([other.status, Object.fromEntries(other.headers)]);
    expect(await warm.arrayBuffer()).toEqual(await other.arrayBuffer());
  });
});

test("every answer has a body and headers of its own", async () => {
  stopClock();
  const { oci } = await storeImage("own");
  const isolate = startIsolate(NO_LIMIT);
  await isolate.settle("/v2/own/manifests/latest");
  const first = await isolate.call("/v2/own/manifests/latest").response;
  first.headers.set("ETag", "another");
  expect(await first.bytes()).toEqual(oci.bytes);
  const second = await isolate.settle("/v2/own/manifests/latest");
  expect(second.headers.get("ETag")).toBe(`"${oci.digest}"`);
  expect(await second.bytes()).toEqual(oci.bytes);
});

describe("a tag is not served from memory", () => {
  test("after five seconds", async () => {
    const now = Date.now();
    const clock = vi.spyOn(Date, "now").mockReturnValue(now);
    await storeImage("moving");
    const isolate = startIsolate();
    await isolate.settle("/v2/moving/manifests/latest");
    const moved = await storeImage("moved");
    await storeTag("moving", tagRecord(moved));
    clock.mockReturnValue(now + 4999);
    expect((await isolate.settle("/v2/moving/manifests/latest")).headers.get("Cornice-Cache")).toBe("memory");
    clock.mockReturnValue(now + 5000);
    const answer = await isolate.settle("/v2/moving/manifests/latest");
    expect(answer.headers.get("Docker-Content-Digest")).toBe(moved.oci.digest);
  });

  test("if memory has lost its manifest", async () => {
    stopClock();
    const image = await storeImage("dropped");
    const isolate = startIsolate();
    await isolate.settle("/v2/dropped/manifests/latest");
    const docker = await isolate.settle("/v2/dropped/manifests/latest", { headers: DOCKER });
    expect(docker.headers.get("Cornice-Cache")).toBe("kv");
    expect(docker.headers.get("Docker-Content-Digest")).toBe(image.docker.digest);
  });

  test("if its answer needs a Warning", async () => {
    stopClock();
    const image = await storeImage("old");
    await storeTag("old", tagRecord(image, 2 * 3600));
    const isolate = startIsolate({ TAG_FRESHNESS_S: "86400" });
    for (let pull = 0; pull < 2; pull++) {
      const answer = await isolate.settle("/v2/old/manifests/latest");
      expect(answer.headers.get("Warning")).toContain("latest was last looked up at");
    }
  });
});

test("a warm tag is logged and counted like any other", async () => {
  stopClock();
  await storeImage("git/htop");
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const points: AnalyticsEngineDataPoint[] = [];
  const ANALYTICS = { writeDataPoint: (point: AnalyticsEngineDataPoint = {}) => void points.push(point) };
  const isolate = startIsolate({ REQUEST_LOG: "on", ANALYTICS, REVALIDATE_TOP: "5", ...NO_LIMIT });
  const headers = { "User-Agent": "docker/28.5.2", traceparent: `00-${"4b".repeat(16)}-00f067aa0ba902b7-01` };
  const lines: unknown[] = [];
  for (let pull = 0; pull < 2; pull++) {
    const answer = await isolate.settle("/v2/git/htop/manifests/latest", { headers });
    lines.push({ ...JSON.parse(String(log.mock.lastCall?.[0])), bytes: (await answer.arrayBuffer()).byteLength });
  }
  const [cold, warm] = lines;
  expect(warm).toEqual({ ...Object(cold), tier: "memory" });
  expect(points.map(({ blobs }) => blobs?.[1])).toEqual(["kv", "memory"]);
  // The first pull is reported at once, the next pulls ten seconds later.
  vi.spyOn(Date, "now").mockReturnValue(Date.now() + 10_000);
  await isolate.settle("/v2/htop/git/manifests/latest");
  const [popular] = await env.PULLS.getByName("pulls").top(1);
  expect(popular).toContain('"packages":["git","htop"]');
});

test("a client beyond its limit gets no warm tag", async () => {
  stopClock();
  await storeImage("limited");
  const isolate = startIsolate({ PULL_LIMIT: { limit: async ({ key }) => ({ success: key !== "192.0.2.1" }) } });
  const ask = (address: string) =>
    isolate.settle("/v2/limited/manifests/latest", { headers: { "CF-Connecting-IP": address } });
  expect((await ask("192.0.2.2")).status).toBe(200);
  expect((await ask("192.0.2.2")).headers.get("Cornice-Cache")).toBe("memory");
  expect((await ask("192.0.2.1")).status).toBe(429);
});

test("if the registry has users, only they get a warm tag", async () => {
  stopClock();
  await storePackages("private", "private");
  const isolate = startIsolate(restricted("basic"));
  const headers = { Authorization: basic("alice", "wonderland") };
  for (let pull = 0; pull < 2; pull++) {
    const answer = await isolate.settle("/v2/private/manifests/latest", { headers });
    expect(answer.headers.get("Cache-Control")).toMatch(/^private,/);
  }
  expect((await isolate.settle("/v2/private/manifests/latest")).status).toBe(401);
});

test("another query, host or spelling is another URL, and the same tag", async () => {
  stopClock();
  const { oci } = await makeImage("git/htop");
  await storeImage("git/htop");
  const isolate = startIsolate(NO_LIMIT);
  const urls = ["/v2/git/htop/manifests/latest", "/v2/git/htop/manifests/latest?ns=x", "/v2/htop/git/manifests/latest"];
  for (const url of [...urls, "https://other.test/v2/git/htop/manifests/latest", ...urls]) {
    expect((await isolate.settle(url)).headers.get("Docker-Content-Digest")).toBe(oci.digest);
  }
  for (const name of ["git%2Fhtop", "git//htop", "GIT/htop"]) {
    expect((await isolate.settle(`/v2/${name}/manifests/latest`)).status).toBe(404);
  }
});
