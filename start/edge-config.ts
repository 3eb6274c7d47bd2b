import { join } from "node:path";
import type { LogLevel } from "../origin/system/log.ts";
import type { AccessVars, BuildWaits } from "./start-config.ts";

/** What is particular to the edge on this machine; the rest comes from `wrangler.toml`. */
export interface LocalEdge {
  readonly originUrl: string;
  readonly secret: string;
  readonly packageSource: string;
  readonly architecture: string;
  readonly maxPackages: string;
  /** In seconds. */
  readonly tagFreshness: string;
  readonly waits: BuildWaits;
  readonly access: AccessVars;
  /** Names by which the page may be asked for, separated by spaces. */
  readonly hosts: string;
  /** `debug` also shows a line for each request. */
  readonly logLevel: LogLevel;
}

interface WranglerConfig {
  readonly ratelimits?: readonly { readonly name?: string }[];
  readonly vars?: object;
  readonly assets?: { readonly directory?: string } | undefined;
}

/** Stays on: otherwise any user of this machine could guess the registry's passwords as fast as it checks them. */
const KEPT_LIMIT = "PASSWORD_LIMIT";

/**
 * The deployment's own configuration with this machine's values: the Worker that runs here is the one
 * that would be deployed. There is one client, this machine, and no limit to how often it may pull and build.
 */
export function edgeConfig(config: WranglerConfig, folder: string, edge: LocalEdge): object {
  const { ratelimits = [], assets, ...rest } = config;
  return {
    ...rest,
    ratelimits: ratelimits.filter(({ name }) => name === KEPT_LIMIT),
    main: join(folder, "worker/index.ts"),
    ...(assets?.directory === undefined ? {} : { assets: { ...assets, directory: join(folder, assets.directory) } }),
    vars: {
      ...config.vars,
      ORIGIN_URL: edge.originUrl,
      ORIGIN_SECRET: edge.secret,
      PACKAGE_SOURCE: edge.packageSource,
      DEFAULT_ARCHITECTURE: edge.architecture,
      MAX_PACKAGES: edge.maxPackages,
      TAG_FRESHNESS_S: edge.tagFreshness,
      ...edge.waits,
      ...edge.access,
      HOSTS: edge.hosts,
      LOG_LEVEL: edge.logLevel,
      // Otherwise nobody would see its lines: the edge shows errors only.
      REQUEST_LOG: edge.logLevel === "debug" ? "on" : "off",
    },
  };
}
