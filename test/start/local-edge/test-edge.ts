import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unstable_readConfig as readConfig } from "wrangler";
import { createKvIndex } from "../../../origin/stores/kv-index.ts";
import { createR2Store } from "../../../origin/stores/r2-store.ts";
import { startLocalEdge } from "../../../start/local-edge/local-edge.ts";
import { storesEnvironment } from "../../../start/local-edge/local-stores.ts";
import { freePort } from "../../../start/machine/ports.ts";
import { removeFolder } from "../../remove-folder.ts";

const REPOSITORY = join(import.meta.dirname, "../../..");

interface TestEdgeOptions {
  readonly pullsAMinute?: number;
  /** The text of each static asset, by its path. */
  readonly assets?: Readonly<Record<string, string>>;
  /** A folder for the state, which stays. Without it, the state is empty at first, and ends with the edge. */
  readonly state?: string;
}

/** A local edge with ports of its own. */
export async function startTestEdge({ pullsAMinute = 1000, assets = {}, state }: TestEdgeOptions = {}) {
  const directory = await mkdtemp(join(tmpdir(), "cornice-local-edge-"));
  const assetsDirectory = join(directory, "assets");
  await mkdir(assetsDirectory);
  for (const [path, text] of Object.entries(assets)) await writeFile(join(assetsDirectory, path), text);
  const config = readConfig({ config: join(REPOSITORY, "wrangler.toml") });
  const [limit] = config.ratelimits;
  const stores = {
    port: await freePort(),
    bucket: "cornice",
    accessKeyId: "id",
    secretAccessKey: "key",
    namespaceId: config.kv_namespaces[0]?.id ?? "",
    apiToken: "token",
  };
  const port = await freePort();
  const edge = await startLocalEdge({
    config: {
      ...config,
      assets: { ...config.assets, directory: assetsDirectory },
      ratelimits: limit ? [{ ...limit, simple: { limit: pullsAMinute, period: 60 } }] : [],
      vars: { ...config.vars, ORIGIN_SECRET: "s".repeat(32), REQUEST_LOG: "off" },
    },
    stores,
    port,
    state: state ?? join(directory, "state"),
  });
  const env = storesEnvironment(stores);
  const { R2_ENDPOINT: endpoint, KV_API_URL: apiUrl } = env;
  return {
    stores,
    /** The settings of the stores, for a command. */
    env,
    /** The ports of the registry, of the stores, and of Miniflare itself. */
    ports: { registry: port, stores: stores.port, own: Number((await edge.ready).port) },
    r2: { ...stores, endpoint },
    store: createR2Store({ ...stores, endpoint }),
    index: createKvIndex({ ...stores, apiUrl }),
    async stop() {
      await edge.dispose();
      await removeFolder(directory);
    },
  };
}

export type TestEdge = Awaited<ReturnType<typeof startTestEdge>>;
