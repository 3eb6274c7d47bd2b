import { join } from "node:path";
import { unstable_readConfig as readConfig } from "wrangler";
import { hostArchitecture } from "../../origin/nix/system.ts";
import type { KvSettings, R2Settings } from "../../origin/stores/settings.ts";
import { startLocalEdge } from "../../start/local-edge/local-edge.ts";
import { type LocalStores, storesEnvironment } from "../../start/local-edge/local-stores.ts";
import { freePort } from "../../start/machine/ports.ts";
import { SECRET } from "./origin-process.ts";
import { REPOSITORY } from "./registry.ts";

/** The Worker and its stores without an origin, so that a test decides what stands between Worker and origin. */
export interface LocalDeployment {
  /** The address of the Worker. */
  readonly url: string;
  /** The settings with which an origin writes to these stores. */
  readonly env: Readonly<Record<string, string>>;
  /** Access to the stores over the real protocols. */
  readonly r2: R2Settings;
  readonly kv: KvSettings;
  stop(): Promise<void>;
}

/** `vars` are the Worker's settings, as in `wrangler.toml`. The package source is the one of `testPackages`. */
export async function startDeployment(state: string, vars: Readonly<Record<string, string>>): Promise<LocalDeployment> {
  const config = readConfig({ config: join(REPOSITORY, "wrangler.toml") });
  const [port, storesPort] = [await freePort(), await freePort()];
  const stores: LocalStores = {
    port: storesPort,
    bucket: config.r2_buckets[0]?.bucket_name ?? "",
    accessKeyId: "id",
    secretAccessKey: "key",
    namespaceId: config.kv_namespaces[0]?.id ?? "",
    apiToken: "token",
  };
  const own = {
    ORIGIN_SECRET: SECRET,
    PACKAGE_SOURCE: "test",
    PLATFORMS: hostArchitecture(),
    DEFAULT_ARCHITECTURE: hostArchitecture(),
    REQUEST_LOG: "off",
  };
  const edge = await startLocalEdge({
    config: { ...config, ratelimits: [], vars: { ...config.vars, ...own, ...vars } },
    stores,
    port,
    state,
  });
  const { bucket, accessKeyId, secretAccessKey, namespaceId, apiToken } = stores;
  const env = storesEnvironment(stores);
  return {
    url: `http://127.0.0.1:${port}`,
    env,
    r2: { endpoint: env.R2_ENDPOINT, bucket, accessKeyId, secretAccessKey },
    kv: { apiUrl: env.KV_API_URL, namespaceId, apiToken },
    stop: () => edge.dispose(),
  };
}
