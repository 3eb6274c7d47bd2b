import { availableParallelism } from "node:os";
import { setTimeout } from "node:timers/promises";
import { serve } from "@hono/node-server";
import { type Builder, createBuilder } from "./builder.ts";
import { createBuildLog } from "./builds/build-log.ts";
import { type BuildQueue, createBuildQueue } from "./builds/build-queue.ts";
import { parseConfig } from "./config.ts";
import { requestedName } from "../protocol/image-request.ts";
import { OciError } from "../protocol/oci-error.ts";
import { createServer } from "./server.ts";
import { ConfigError, type Environment } from "./settings.ts";
import { describeSource } from "./sources/package-source.ts";
import { createKvIndex } from "./stores/kv-index.ts";
import { createR2Store } from "./stores/r2-store.ts";

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
  const store = createR2Store(config.r2);
  const builder = await createBuilder({ config, env, store, index: createKvIndex(config.kv) });
  const queue = createQueue(builder);
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
    process.once(event, () => void shutDown(builder, queue));
}

function createQueue(builder: Builder): BuildQueue {
  return createBuildQueue({
    async run(request, report) {
      const name = requestedName(request);
      const buildLog = createBuildLog(report, (line) => log(`${name}: ${line}`), Date.now);
      const record = await builder.build(request, buildLog.report);
      log(`${name}: ${buildLog.summary()}`);
      return record;
    },
    onFailure(request, error) {
      const name = requestedName(request);
      if (error instanceof OciError && error.cause === undefined) log(`${name}: ${error.message}`);
      else logDefect(`building ${name} failed`, error);
    },
  });
}

/** Ends builds with their children before the process; what they leave unfinished, nobody finds. */
async function shutDown(builder: Builder, queue: BuildQueue): Promise<void> {
  builder.close(new Error("the origin is stopping"));
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
