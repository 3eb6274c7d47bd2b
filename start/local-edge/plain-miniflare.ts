import { type LegacyWorkerOptions, Log, LogLevel } from "miniflare";
import {
  type Unstable_Config as WranglerConfig,
  unstable_getMiniflareWorkerOptions as workerOptionsOf,
} from "wrangler";

/** Nothing is looked up, reported or written down for each request. */
export const QUIET = { cf: false, telemetry: { enabled: false }, logRequests: false, log: new Log(LogLevel.ERROR) };

/**
 * The Worker of a configuration, for Miniflare, without its static assets. With them, Miniflare puts Workers of its own
 * in front, and the Worker answers half as many requests a second.
 */
export function registryWorker(config: WranglerConfig, script: string): LegacyWorkerOptions {
  // The script is one module, so that rules for further ones have no meaning.
  const { modulesRules: _, ...options } = workerOptionsOf({ ...config, assets: undefined }).workerOptions;
  return { ...options, name: config.name ?? "", modules: true, script };
}
