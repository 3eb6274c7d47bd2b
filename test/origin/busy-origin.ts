import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { createBuildQueue } from "../../origin/builds/build-queue.ts";
import { withoutIsolation } from "../../origin/isolation/isolation.ts";
import { createMetrics } from "../../origin/metrics/metrics.ts";
import { type Builder, createBuilder } from "../../origin/service/builder.ts";
import { parseBuilderConfig } from "../../origin/service/config.ts";
import { createServer } from "../../origin/service/server.ts";
import { describeSource } from "../../origin/sources/package-source.ts";
import { createDiskStore } from "../../origin/stores/disk-store.ts";
import { createLog } from "../../origin/system/log.ts";
import { BUILDS_PATH } from "../../protocol/build-events.ts";
import { signCall } from "../../protocol/signature.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

export interface BusyOrigin {
  /** Makes a build call for a package, and returns the first bytes of the answer. */
  readonly ask: (name: string) => Promise<string>;
}

/** A running origin on a port of its own. Its Nix prints line after line and never ends. */
export async function startBusyOrigin(
  directory: string,
  onEnd: (close: () => Promise<void>) => void,
): Promise<BusyOrigin> {
  const busy = "#!/bin/sh\nwhile :; do echo evaluating >&2; sleep 0.1; done\n";
  await mkdir(join(directory, "bin"));
  await writeFile(join(directory, "bin/nix-instantiate"), busy, { mode: 0o755 });
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
  const queue = createBuildQueue({ run: (request, report) => builder.build(request, report), onFailure: () => {} });
  const app = createServer({
    config: { ...config, secrets: [SECRET] },
    queue,
    openBlob: (digest) => builder.openBlob(digest),
    log: createLog("text", { log: () => {}, error: () => {} }),
    metrics: createMetrics(() => 0),
    unreadyParts: async () => [],
    now: () => Date.now() / 1000,
    cacheLines: () => [],
    notices: () => [],
    onDefect: () => {},
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

async function ask(url: string, body: string): Promise<string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = await signCall(SECRET, { method: "POST", path: BUILDS_PATH, timestamp, body });
  const headers = { "Cornice-Timestamp": timestamp, "Cornice-Signature": signature };
  const response = await fetch(url + BUILDS_PATH, { method: "POST", headers, body });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const chunk = await reader?.read();
  await reader?.cancel();
  return chunk?.value ?? "";
}
