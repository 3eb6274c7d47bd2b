import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { serve } from "@hono/node-server";
import { buildImage } from "./builds/build-image.ts";
import { createBuildLog } from "./builds/build-log.ts";
import { type BuildQueue, createBuildQueue } from "./builds/build-queue.ts";
import { type Config, parseConfig } from "./config.ts";
import { nixEnvironment } from "./nix/environment.ts";
import { createKnownLayers } from "./layers/known-layers.ts";
import { createLayerStore } from "./layers/layer-store.ts";
import { readPopularity } from "./layers/popularity-file.ts";
import type { Popularity } from "./layers/popularity.ts";
import { createPacker } from "./packing/packer.ts";
import { OciError } from "../protocol/oci-error.ts";
import { createServer } from "./server.ts";
import { ConfigError, type Environment } from "./settings.ts";
import { openSpool } from "./spool.ts";
import { describeSource } from "./sources/package-source.ts";
import { createTagResolver } from "./sources/sources.ts";
import { createBlobPresence } from "./stores/blob-presence.ts";
import { createKvIndex } from "./stores/kv-index.ts";
import { createR2Store } from "./stores/r2-store.ts";

const NIX_PROGRAMS = join(import.meta.dirname, "../nix/bin");
/** Builds are told to stop and have this long to end their children. */
const SHUTDOWN_TIMEOUT_MS = 4000;

function log(line: string): void {
  console.log(`origin: ${line}`);
}

function logDefect(what: string, error: unknown): void {
  console.error(`origin: ${what}:`, error);
}

async function main(env: Environment): Promise<void> {
  const config = parseConfig(env, availableParallelism());
  const popularity = await readPopularity(config.popularityUrl);
  await openSpool(config.spoolDirectory, Date.now());
  const stop = new AbortController();
  const queue = createQueue(config, popularity, env, stop.signal);
  const app = createServer({
    config,
    queue,
    now: () => Date.now() / 1000,
    onDefect: (error) => logDefect("a call failed", error),
  });
  const server = serve({ fetch: app.fetch, hostname: config.host, port: config.port }, ({ port }) => {
    log(`serving ${describeSource(config.source)} on http://${config.host}:${port}`);
    process.send?.("ready");
  });
  server.on("error", (error) => {
    console.error(`origin: cannot listen on ${config.host}:${config.port}: ${error.message}`);
    process.exit(1);
  });
  // "disconnect" comes when a supervisor that started us is gone.
  for (const event of ["SIGINT", "SIGTERM", "disconnect"] as const)
    process.once(event, () => void shutDown(stop, queue));
}

function createQueue(config: Config, popularity: Popularity, env: Environment, signal: AbortSignal): BuildQueue {
  const store = createR2Store(config.r2);
  const blobs = createBlobPresence(store, Date.now);
  const packer = createPacker({ compressors: config.packers, compression: config.compression });
  const known = createKnownLayers(store, blobs);
  const layers = createLayerStore({ store, known, packer, spoolDirectory: config.spoolDirectory });
  const index = createKvIndex(config.kv);
  const context = { config, env: nixEnvironment(env, NIX_PROGRAMS), store, blobs, index, layers, popularity };
  const { source, sourceAccess: access, sourceUrls: urls } = config;
  const resolveTag = createTagResolver({ source, access, urls, env: context.env, signal, now: Date.now });
  return createBuildQueue({
    async run(request, report) {
      const name = request.packages.join("/");
      const buildLog = createBuildLog(report, (line) => log(`${name}: ${line}`), Date.now);
      const record = await buildImage({ ...context, resolveTag }, request, buildLog.report, signal);
      log(`${name}: ${buildLog.summary()}`);
      return record;
    },
    onFailure(request, error) {
      const name = request.packages.join("/");
      if (error instanceof OciError && error.cause === undefined) log(`${name}: ${error.message}`);
      else logDefect(`building ${name} failed`, error);
    },
  });
}

/** Ends builds with their children before the process; what they leave unfinished, nobody finds. */
async function shutDown(stop: AbortController, queue: BuildQueue): Promise<void> {
  stop.abort(new Error("the origin is stopping"));
  await Promise.race([queue.idle(), setTimeout(SHUTDOWN_TIMEOUT_MS)]);
  process.exit(0);
}

try {
  await main(process.env);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  for (const problem of error.problems) console.error(`origin: ${problem}`);
  process.exit(1);
}
