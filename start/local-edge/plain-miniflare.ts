import { type LegacyWorkerOptions, Log, LogLevel } from "miniflare";
import {
  type Unstable_Config as WranglerConfig,
  unstable_getMiniflareWorkerOptions as workerOptionsOf,
} from "wrangler";
import type { WorkerBundle } from "./bundle-worker.ts";

/** Miniflare looks nothing up, and reports or logs no request. */
export const QUIET = { cf: false, telemetry: { enabled: false }, logRequests: false, log: new Log(LogLevel.ERROR) };

/**
 * The Worker of a configuration, for Miniflare, without the static assets. With static assets, Miniflare puts Workers
 * of its own in front of ours. Then ours answers only half as many requests a second.
 */
export function registryWorker(config: WranglerConfig, bundle: WorkerBundle): LegacyWorkerOptions {
  // The bundle lists all modules, so it needs no rules to find more.
  const { modulesRules: _, ...options } = workerOptionsOf({ ...config, assets: undefined }).workerOptions;
  return { ...options, ...bundle, name: config.name ?? "" };
}

/** Miniflare serves assets only with a Worker. This one gets no request. */
const NOT_FOUND_WORKER = "export default { fetch: () => new Response(null, { status: 404 }) };";

interface StaticAssets {
  /** A Worker that answers with the assets, and with nothing else. */
  readonly worker: LegacyWorkerOptions;
  /** The paths that the registry's Worker answers. */
  readonly workerPaths: string[];
}

/** The static assets of a configuration, as a Worker of their own. */
export function assetsWorker(config: WranglerConfig, name: string): StaticAssets {
  const { directory, run_worker_first: rules, binding: _, ...assetConfig } = config.assets ?? {};
  if (directory === undefined) throw new Error("the configuration has no static assets");
  const worker = {
    name,
    modules: true,
    script: NOT_FOUND_WORKER,
    compatibilityDate: config.compatibility_date ?? "",
    assets: { directory, assetConfig, routerConfig: { has_user_worker: false } },
  } satisfies LegacyWorkerOptions;
  return { worker, workerPaths: Array.isArray(rules) ? rules : ["*"] };
}
