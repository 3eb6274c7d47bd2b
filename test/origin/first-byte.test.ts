import { serve } from "@hono/node-server";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { type Builder, createBuilder } from "../../origin/service/builder.ts";
import { createBuildQueue } from "../../origin/builds/build-queue.ts";
import { parseBuilderConfig } from "../../origin/service/config.ts";
import { withoutIsolation } from "../../origin/isolation/isolation.ts";
import { createLog } from "../../origin/system/log.ts";
import { createMetrics } from "../../origin/metrics/metrics.ts";
import { createServer } from "../../origin/service/server.ts";
import { describeSource } from "../../origin/sources/package-source.ts";
import { createDiskStore } from "../../origin/stores/disk-store.ts";
import { BUILDS_PATH } from "../../protocol/build-events.ts";
import { signCall } from "../../protocol/signature.ts";
import { test, writeTree } from "./fixtures.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
/** What the Worker, and proxies before the origin, may count on. */
const FIRST_BYTE_MS = 1000;
const BUILDS = 20;

/** The origin as it runs, on a port of its own, with a Nix that prints line after line and never ends. */
async function startOrigin(directory: string, onEnd: (close: () => Promise<void>) => void) {
  const busy = "#!/bin/sh\nwhile :; do echo evaluating >&2; sleep 0.1; done\n";
  await writeTree(directory, { "bin/nix-instantiate": { program: busy } });
  const config = parseBuilderConfig({ CORNICE_PKGS_PATH: directory, CORNICE_SPOOL_DIR: join(directory, "spool") }, 1);
  const env = { PATH: `${directory}/bin:/usr/bin:/bin` };
  const isolation = withoutIsolation(env);
  const store = createDiskStore(join(directory, "objects"));
  const builder = await createBuilder({ config, env, isolation, store, index: { put: async () => {} } });
  const url = await listen(builder, config, onEnd);
  const request = { source: describeSource(config.source), tag: "latest", architecture: "amd64" };
  return { ask: (name: string) => ask(url, JSON.stringify({ ...request, packages: [name] })) };
}

async function listen(
  builder: Builder,
  config: ReturnType<typeof parseBuilderConfig>,
  onEnd: (close: () => Promise<void>) => void,
): Promise<string> {
  const queue = createBuildQueue({ run: (request, report) => builder.build(request, report), onFailure: vi.fn() });
  const app = createServer({
    config: { ...config, secrets: [SECRET] },
    queue,
    openBlob: (digest) => builder.openBlob(digest),
    log: createLog("text", { log: () => {}, error: () => {} }),
    metrics: createMetrics(() => 0),
    unreadyParts: async () => [],
    now: () => Date.now() / 1000,
    onDefect: vi.fn(),
  });
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 });
  await once(server, "listening");
  onEnd(async () => {
    await builder.close(new Error("the test is over"));
    await queue.idle();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

/** Makes a build call and reads its first bytes. */
async function ask(url: string, body: string): Promise<{ readonly ms: number; readonly bytes: string }> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = await signCall(SECRET, { method: "POST", path: BUILDS_PATH, timestamp, body });
  const headers = { "Cornice-Timestamp": timestamp, "Cornice-Signature": signature };
  const started = performance.now();
  const response = await fetch(url + BUILDS_PATH, { method: "POST", headers, body });
  const reader = response.body?.getReader();
  const chunk = await reader?.read();
  const ms = performance.now() - started;
  await reader?.cancel();
  return { ms, bytes: new TextDecoder().decode(chunk?.value) };
}

describe("the first byte of a build call comes within a second", () => {
  test("while twenty other builds are under way and Nix is busy", async ({ directory, onTestFinished }) => {
    const { ask: call } = await startOrigin(directory, onTestFinished);
    await Promise.all(Array.from({ length: BUILDS }, (_, index) => call(`busy${index}`)));
    const { ms, bytes } = await call("another");
    expect(bytes).toMatch(/^{"event":"queued"}\n/);
    expect(ms).toBeLessThan(FIRST_BYTE_MS);
  });

  test("for whoever joins a build that has said nothing for a while", async ({ directory, onTestFinished }) => {
    const { ask: call } = await startOrigin(directory, onTestFinished);
    await call("joined");
    const { ms, bytes } = await call("joined");
    expect(bytes).toMatch(/^{"event":"queued"}\n/);
    expect(ms).toBeLessThan(FIRST_BYTE_MS);
  });
});
