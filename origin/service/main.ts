import { Server } from "node:http";
import { availableParallelism } from "node:os";
import { type ServerType, serve } from "@hono/node-server";
import { type Builder, createBuilder } from "./builder.ts";
import { keepCompiledCode } from "../system/compile-cache.ts";
import { createBuildLog } from "../builds/build-log.ts";
import { type BuildQueue, createBuildQueue, type RunBuild } from "../builds/build-queue.ts";
import type { BundleListener } from "../bundles/bundler.ts";
import { createCacheReports } from "./cache-reports.ts";
import { type Config, parseConfig } from "./config.ts";
import type { DiskWatch } from "../disks/disk-watch.ts";
import { ordinaryFailure } from "./ordinary-failure.ts";
import { partChecks } from "../health/part-checks.ts";
import { createReadiness } from "../health/readiness.ts";
import { type HiddenSecrets, hideSecrets, programEnvironment, secretMask } from "./hidden-environment.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { listenForDebug } from "../system/debug.ts";
import { leaveWithParent } from "../system/leave-with-parent.ts";
import { createLog, type Log } from "../system/log.ts";
import { measuredBuilds } from "../metrics/measured-builds.ts";
import { createMetrics, type Metrics } from "../metrics/metrics.ts";
import { requestedName } from "../../protocol/image-request.ts";
import { NixFault } from "../nix/nix-fault.ts";
import { tryNix } from "../nix/try-nix.ts";
import { storeReports, watchDisks } from "./open-disks.ts";
import { createServer } from "./server.ts";
import { createShutdown, type Shutdown } from "./shutdown.ts";
import { ConfigError } from "../system/settings.ts";
import { checkLocalFiles } from "../sources/local-files.ts";
import { describeSource } from "../sources/package-source.ts";
import { createKvIndex } from "../stores/kv-index.ts";
import { createR2Store } from "../stores/r2-store.ts";
import type { TrustListener } from "../trust/image-trust.ts";
import { readSigningKeys } from "../trust/signing-keys.ts";
import { trySigning } from "../trust/try-signing.ts";

const endWatch = leaveWithParent();

/** A machine that is starting up may be slow. */
const TRY_TIMEOUT_MS = 60_000;

async function main({ settings: env, shown }: HiddenSecrets): Promise<void> {
  const config = parseConfig(env, availableParallelism());
  await checkLocalFiles(config.source);
  const log = createLog(config.logFormat, console, config.logLevel);
  if (config.logLevel === "debug") {
    const mask = secretMask(env);
    listenForDebug((line) => log.debug(mask(line)));
  }
  if (shown.length > 0) log.line(`warning: /proc shows ${shown.join(", ")} to processes of this user`);
  const keys = await readSigningKeys(config.trust, programEnvironment(env));
  await trySigning(config.trust, keys, (error) =>
    log.failure("the signing command failed; images are not signed", error),
  );
  const metrics = createMetrics(() => performance.now());
  const store = createR2Store(config.r2);
  const index = createKvIndex(config.kv);
  const { watch, listener: cacheListener } = createCacheReports(() => builder.isolation, metrics, log);
  const builder = await createBuilder({
    config,
    env,
    store,
    swept: store,
    index,
    cacheListener,
    onLine: (line) => log.line(line),
    onLayer: (layer) => metrics.layer(layer),
    storeBound: storeReports({ metrics, log }),
    bundles: config.makesBundles ? bundleReports(metrics, log) : undefined,
    trust: { keys, registryUrl: config.trust.registryUrl, ...trustReports(metrics, log) },
    onNixNeed(unmet) {
      metrics.nixTooOld(unmet !== undefined);
      // `npm start` may be able to bring a newer Nix.
      if (unmet?.needed) process.send?.({ needsNix: unmet.needed.text });
    },
  });
  if (builder.isWithoutNix) log.line("there is no Nix on this machine: it serves what its binary caches have");
  else {
    await tryOnce(builder, config);
    metrics.nix((await builder.isolation.nixVersion()).text);
  }
  const disks = watchDisks(config, builder.isWithoutNix, { metrics, log });
  const queue = createQueue(builder, disks, metrics, log);
  const unreadyParts = createReadiness({
    parts: partChecks({ ...builder, disks, spoolDirectory: config.spoolDirectory, store, index }),
    now: Date.now,
    onFailure: (part, error) => log.failure(`${part} is not ready`, error),
  });
  const app = createServer({
    config,
    queue,
    openBlob: (digest) => builder.openBlob(digest),
    log,
    metrics,
    unreadyParts,
    cacheLines: () => (builder.isWithoutNix ? [] : watch.lines()),
    notices: () => (disks.isLow() ? ["low-disk"] : []),
    now: () => Date.now() / 1000,
    onDefect: (error) => log.failure("a call failed", error),
  });
  const server = serve({ fetch: app.fetch, hostname: config.host, port: config.port }, ({ port }) => {
    log.line(`serving ${describeSource(config.source)} on http://${config.host}:${port}`);
    process.send?.("ready");
  });
  if (!builder.isWithoutNix) void reportIsolation(builder.isolation, log);
  // The log says at the start what is not ready. No client has to find it out.
  void unreadyParts();
  if (!builder.isWithoutNix) void watch.check();
  server.on("error", (error: Error) => {
    console.error(`origin: cannot listen on ${config.host}:${config.port}: ${error.message}`);
    process.exit(1);
  });
  const drainMs = config.drainTimeoutS * 1000;
  endOnSignals(createShutdown({ queue, builder, server: plainServer(server), drainMs, log: (line) => log.line(line) }));
}

/** SIGTERM drains. A person presses Ctrl-C, and "disconnect" comes if the process that started the origin is gone. */
function endOnSignals(shutdown: Shutdown): void {
  endWatch();
  process.on("SIGTERM", () => void exitAfter(shutdown.drain()));
  for (const event of ["SIGINT", "disconnect"] as const) process.on(event, () => void exitAfter(shutdown.stop()));
}

async function exitAfter(end: Promise<void>): Promise<void> {
  await end;
  process.exit(0);
}

function plainServer(server: ServerType): Server {
  if (server instanceof Server) return server;
  throw new TypeError("the origin serves HTTP/1.1");
}

/** Tries Nix before the first client comes. Throws `NixFault` if Nix does not work here. */
async function tryOnce(builder: Builder, { nix, spoolDirectory }: Config): Promise<void> {
  try {
    await tryNix({ isolation: builder.isolation, nix, spoolDirectory, signal: AbortSignal.timeout(TRY_TIMEOUT_MS) });
  } catch (error) {
    await builder.close(new Error("Nix does not work here"));
    throw error;
  }
}

/** Reports the isolation once, at the start. Each build that needs a missing part reports it again. */
async function reportIsolation(isolation: Isolation, log: Log): Promise<void> {
  try {
    const { summary, gaps } = await isolation.report();
    log.line(summary);
    for (const gap of gaps) log.line(`warning: ${gap}`);
  } catch (error) {
    log.failure("Nix cannot be run", error);
  }
}

function bundleReports(metrics: Metrics, log: Log): BundleListener {
  return {
    onOutcome: (outcome) => metrics.bundle(outcome),
    onFailure: (error) => log.failure("a package's bundle was not made", error),
  };
}

function trustReports(metrics: Metrics, log: Log): TrustListener {
  return {
    onOutcome: (outcome) => metrics.trust(outcome),
    onFailure: (image, error) => log.failure(`${image} is not signed; the next look-up tries again`, error),
  };
}

function createQueue(builder: Builder, disks: DiskWatch, metrics: Metrics, log: Log): BuildQueue {
  const run: RunBuild = async (request, onEvent, client) => {
    const name = requestedName(request);
    for (const line of disks.notices()) onEvent({ event: "log", line });
    const buildLog = createBuildLog(onEvent, (line) => log.line(line, name), Date.now);
    const record = await log.about(name, () => builder.build(request, buildLog.onEvent, client));
    log.line(buildLog.summary(), name);
    return record;
  };
  return createBuildQueue({
    run: measuredBuilds(run, metrics),
    onFailure(request, error) {
      const name = requestedName(request);
      const message = ordinaryFailure(error);
      if (message === undefined) log.failure(`building ${name} failed`, error);
      else log.line(message, name);
    },
  });
}

try {
  keepCompiledCode(process.env);
  await main(hideSecrets(process.env));
} catch (error) {
  if (!(error instanceof ConfigError) && !(error instanceof NixFault)) throw error;
  for (const problem of error instanceof NixFault ? [error.advice] : error.problems)
    console.error(`origin: ${problem}`);
  process.exit(1);
}
