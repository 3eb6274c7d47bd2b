import { once } from "node:events";
import { Server } from "node:http";
import { serve } from "@hono/node-server";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { BUILDS_PATH } from "../../../protocol/build-events.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { signCall, SIGNATURE_HEADER, TIMESTAMP_HEADER } from "../../../protocol/signature.ts";
import { type BuildQueue, createBuildQueue, type RunBuild } from "../../../origin/builds/build-queue.ts";
import { createMetrics } from "../../../origin/metrics/metrics.ts";
import { createServer } from "../../../origin/service/server.ts";
import { createShutdown, STOPPED } from "../../../origin/service/shutdown.ts";
import { createLog } from "../../../origin/system/log.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const DIGEST = sha256Digest("0".repeat(64));
const RECORD = { manifests: { oci: DIGEST, docker: DIGEST }, revision: "r1", resolvedAt: "2026-01-01T00:00:00.000Z" };
/** Longer than the test. Milliseconds. */
const LONG_MS = 600_000;

/** A server over real HTTP. Its builds run until the test ends them, or until the builder is closed. */
async function setUp(drainMs: number, settle = async () => {}) {
  const ends: PromiseWithResolvers<typeof RECORD>[] = [];
  const run: RunBuild = () => {
    const end = Promise.withResolvers<typeof RECORD>();
    ends.push(end);
    return end.promise;
  };
  const queue = createBuildQueue({ run, onFailure: vi.fn() });
  let joined = 0;
  const counting: BuildQueue = {
    ...queue,
    async join(...call) {
      const leave = await queue.join(...call);
      joined++;
      return leave;
    },
  };
  const app = createServer({
    config: {
      secrets: [SECRET],
      source: { kind: "path", path: "/p", name: "starter", revision: undefined },
      maxPackages: 64,
    },
    queue: counting,
    openBlob: async () => undefined,
    log: createLog("text", { log: () => {}, error: () => {} }),
    metrics: createMetrics(() => 0),
    unreadyParts: async () => [],
    now: () => Date.now() / 1000,
    cacheLines: () => [],
    notices: () => [],
    onDefect: vi.fn(),
  });
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 });
  if (!(server instanceof Server)) throw new TypeError("this test needs a server for HTTP/1.1");
  onTestFinished(() => server.closeAllConnections());
  await once(server, "listening");
  const address = server.address();
  const close = async (reason: Error) => ends.forEach(({ reject }) => reject(reason));
  const bundler = { settle, finished: settle, add: () => {}, has: async () => false, waiting: 0 };
  const shutdown = createShutdown({ queue, builder: { close, bundler }, server, drainMs, log: () => {} });
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const join = (count: number) => vi.waitFor(() => expect(joined).toBe(count));
  return { url, ends, join, drain: () => shutdown.drain(), stop: () => shutdown.stop() };
}

async function build(url: string, name: string): Promise<Response> {
  const body = JSON.stringify({ source: "starter", tag: "latest", architecture: "amd64", packages: [name] });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = await signCall(SECRET, { method: "POST", path: BUILDS_PATH, timestamp, body });
  const headers = { [TIMESTAMP_HEADER]: timestamp, [SIGNATURE_HEADER]: signature };
  return fetch(url + BUILDS_PATH, { method: "POST", body, headers });
}

async function lastEvent(response: Response): Promise<unknown> {
  return JSON.parse((await response.text()).trim().split("\n").at(-1) ?? "");
}

const OUTAGE = { event: "error", code: "UNAVAILABLE", message: STOPPED.message };

describe("an origin that drains", () => {
  test("takes no new builds, and says so", async () => {
    const { url, join, drain } = await setUp(LONG_MS);
    await build(url, "under-way");
    await join(1);
    void drain();
    const refused = await build(url, "other");
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([503, "10"]);
    expect(await refused.json()).toMatchObject({ code: "DRAINING" });
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining("draining")]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test("finishes the builds that are under way, also for callers that come back", async () => {
    const { url, ends, join, drain } = await setUp(LONG_MS);
    const first = await build(url, "under-way");
    await join(1);
    const drained = drain();
    const second = await build(url, "under-way");
    // The answer begins before the caller has joined the build.
    await join(2);
    expect(ends).toHaveLength(1);
    ends[0]?.resolve(RECORD);
    await drained;
    for (const response of [first, second]) expect(await lastEvent(response)).toEqual({ event: "image", ...RECORD });
  });

  test("ends the other builds as an outage when the time is over", async () => {
    const { url, join, drain } = await setUp(50);
    const response = await build(url, "endless");
    await join(1);
    await drain();
    expect(await lastEvent(response)).toEqual(OUTAGE);
  });

  test.each(["drain", "stop"] as const)("waits no longer after another signal: %s", async (signal) => {
    const control = await setUp(LONG_MS);
    const response = await build(control.url, "endless");
    await control.join(1);
    const drained = control.drain();
    await Promise.all([control[signal](), drained]);
    expect(await lastEvent(response)).toEqual(OUTAGE);
  });

  test("waits for the first bundles of the packages that it has built", async () => {
    const bundles = Promise.withResolvers<void>();
    const settle = vi.fn(() => bundles.promise);
    const { url, ends, join, drain } = await setUp(LONG_MS, settle);
    const response = await build(url, "under-way");
    await join(1);
    let isDrained = false;
    const drained = drain().then(() => void (isDrained = true));
    expect(settle).not.toHaveBeenCalled();
    ends[0]?.resolve(RECORD);
    await lastEvent(response);
    await vi.waitFor(() => expect(settle).toHaveBeenCalledTimes(1));
    expect(isDrained).toBe(false);
    bundles.resolve();
    await drained;
  });

  test("does not wait longer for bundles than for builds", async () => {
    const { drain } = await setUp(50, () => new Promise(() => {}));
    await drain();
  });

  test("ends at once without builds", async () => {
    const { drain } = await setUp(LONG_MS);
    await drain();
  });
});

test("an origin that stops ends its builds as an outage", async () => {
  const { url, join, stop } = await setUp(LONG_MS);
  const response = await build(url, "endless");
  await join(1);
  await stop();
  expect(await lastEvent(response)).toEqual(OUTAGE);
});
