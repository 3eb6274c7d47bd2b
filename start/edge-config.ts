import { join } from "node:path";
import { hostArchitecture } from "../origin/nix/system.ts";
import type { Architecture } from "../protocol/image-name.ts";
import type { LogLevel } from "../protocol/log-level.ts";
import type { AccessVars, BuildWaits } from "./start-config.ts";
import type { WranglerToml } from "./wrangler-toml.ts";

/** The values of the edge on this machine. All others come from `wrangler.toml`. */
export interface LocalEdge {
  readonly originUrl: string;
  readonly secret: string;
  readonly packageSource: string;
  /** What a name without an architecture stands for. Not empty. */
  readonly platforms: readonly Architecture[];
  readonly maxPackages: string;
  /** Seconds. */
  readonly tagFreshness: string;
  readonly waits: BuildWaits;
  readonly access: AccessVars;
  /** Whether one client may pull and build only so often. */
  readonly limitsClients: boolean;
  /** Host names under which browsers may use the page, separated by spaces. */
  readonly hosts: string;
  /** `debug` also shows a line for each request. */
  readonly logLevel: LogLevel;
}

/**
 * This limit stays on. Without it, any user of this machine could guess passwords as fast as the registry checks them.
 */
const KEPT_LIMIT = "PASSWORD_LIMIT";

/**
 * The configuration of a deployment, with this machine's values. So the Worker that runs here is the Worker that would
 * be deployed. If this machine is the only client, it may pull and build without a limit.
 */
export function edgeConfig(
  config: Omit<WranglerToml, "r2_buckets" | "kv_namespaces">,
  folder: string,
  edge: LocalEdge,
): object {
  const { ratelimits = [], assets, ...rest } = config;
  return {
    ...rest,
    ratelimits: ratelimits.filter(({ name }) => edge.limitsClients || name === KEPT_LIMIT),
    main: join(folder, "worker/index.ts"),
    ...(assets?.directory === undefined ? {} : { assets: { ...assets, directory: join(folder, assets.directory) } }),
    vars: {
      ...config.vars,
      ORIGIN_URL: edge.originUrl,
      ORIGIN_SECRET: edge.secret,
      PACKAGE_SOURCE: edge.packageSource,
      ...platformVars(edge.platforms),
      MAX_PACKAGES: edge.maxPackages,
      TAG_FRESHNESS_S: edge.tagFreshness,
      ...edge.waits,
      ...edge.access,
      HOSTS: edge.hosts,
      LOG_LEVEL: edge.logLevel,
      // The edge shows errors only, so nobody would see the lines of requests.
      REQUEST_LOG: edge.logLevel === "debug" ? "on" : "off",
    },
  };
}

/** A client that takes no list gets an image for this machine, if names stand for one. */
function platformVars(platforms: readonly Architecture[]): Readonly<Record<string, string>> {
  const own = hostArchitecture();
  const [first = own] = platforms;
  return { PLATFORMS: platforms.join(" "), DEFAULT_ARCHITECTURE: platforms.includes(own) ? own : first };
}
