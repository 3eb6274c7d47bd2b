import { join } from "node:path";
import { stop } from "esbuild";
import { convertV4MiniflareOptions, type LegacyWorkerOptions, Miniflare } from "miniflare";
import type { Unstable_Config as WranglerConfig } from "wrangler";
import { bundleWorker, type WorkerBundle } from "./bundle-worker.ts";
import { type Entrance, LOOPBACK_ENTRANCE } from "./entrance.ts";
import { type LocalStores, namespacePath, S3_PATH } from "./local-stores.ts";
import { logLine } from "./log-line.ts";
import { assetsWorker, QUIET, registryWorker } from "./plain-miniflare.ts";

interface EdgeOptions {
  /** Its paths are absolute. */
  readonly config: WranglerConfig;
  readonly stores: LocalStores;
  /** The port where the registry listens. */
  readonly port: number;
  /** Without it, this machine alone reaches the registry. */
  readonly entrance?: Entrance;
  /** `text` if it is left out. */
  readonly logFormat?: "text" | "json";
  /** The folder of R2, KV, the colo cache and the Durable Objects. */
  readonly state: string;
}

const WORKERS = join(import.meta.dirname, "workers");
const HOST = "127.0.0.1";
const ASSETS_WORKER = "assets";

/**
 * Miniflare also listens on a port of its own, which the system chooses. Without this setting, anybody can read R2's
 * objects there, under `/cdn-cgi/local/r2/public/`. With it, Miniflare puts this path in front of each request's path.
 * Then no path is one of Miniflare's own.
 */
const CLOSED_UPSTREAM = "http://closed.internal/closed/";

/**
 * Starts the registry's Worker on its port and the stores on theirs, and resolves when both answer. Requests to these
 * ports go straight to the Workers, so Miniflare's paths below `/cdn-cgi/` are not there.
 */
export async function startLocalEdge(options: EdgeOptions): Promise<Miniflare> {
  const { config, stores, port, entrance = LOOPBACK_ENTRANCE, logFormat = "text", state } = options;
  const [registryBundle, storesBundle] = await Promise.all([
    bundleWorker(join(WORKERS, "registry.ts")),
    bundleWorker(join(WORKERS, "stores.ts")),
  ]);
  // Without this, esbuild's process runs as long as this one.
  await stop();
  const assets = assetsWorker(config, ASSETS_WORKER);
  const worker = registryWorker(config, registryBundle);
  const registry: LegacyWorkerOptions = {
    ...worker,
    bindings: {
      ...worker.bindings,
      WORKER_PATHS: assets.workerPaths,
      TRUSTED_PROXIES: [...entrance.trustedProxies],
      PUBLIC_URL: entrance.publicUrl,
    },
    serviceBindings: { ...worker.serviceBindings, ASSETS: ASSETS_WORKER },
    unsafeDirectSockets: [{ host: entrance.address, port }],
  };
  const showsAll = config.vars["LOG_LEVEL"] === "debug";
  const workers = [registry, assets.worker, storesWorker(stores, storesBundle)];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...QUIET,
      host: HOST,
      upstream: CLOSED_UPSTREAM,
      // The same folder as wrangler's.
      resourcePersistencePath: join(state, "v3"),
      handleStructuredLogs: ({ level, message }) => {
        if (level === "error") console.error(logLine(logFormat, level, message));
        else if (showsAll) console.log(logLine(logFormat, "info", message));
      },
      workers,
    }),
  );
  await miniflare.ready;
  return miniflare;
}

function storesWorker(stores: LocalStores, bundle: WorkerBundle): LegacyWorkerOptions {
  const { bucket, accessKeyId, secretAccessKey } = stores;
  return {
    ...bundle,
    name: "stores",
    // Miniflare runs its S3 API with this date and this flag.
    compatibilityDate: "2026-01-01",
    compatibilityFlags: ["nodejs_compat"],
    kvNamespaces: { KV: stores.namespaceId },
    r2Buckets: { [`MINIFLARE_R2_S3_BUCKET_${bucket}`]: bucket },
    bindings: {
      KV_PATH: namespacePath(stores.namespaceId),
      KV_TOKEN: stores.apiToken,
      S3_PATH,
      MINIFLARE_R2_S3_CREDENTIALS: { [bucket]: { accessKeyId, secretAccessKey } },
    },
    unsafeDirectSockets: [{ host: HOST, port: stores.port }],
  };
}
