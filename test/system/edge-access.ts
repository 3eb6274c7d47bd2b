import { join } from "node:path";
import type { KvSettings, R2Settings } from "../../origin/stores/settings.ts";
import { storesEnvironment } from "../../start/local-edge/local-stores.ts";
import { readStores } from "../../start/local-edge/stores-file.ts";

interface EdgeAccess {
  readonly r2: R2Settings;
  readonly kv: KvSettings;
  /** The settings with which a second origin writes to the same edge. */
  readonly env: Readonly<Record<string, string>>;
}

/** Access to the storage of a running registry with this state, over the real protocols. */
export async function edgeAccess(stateDirectory: string): Promise<EdgeAccess> {
  const stores = await readStores(join(stateDirectory, "stores.json"));
  const { bucket, accessKeyId, secretAccessKey, namespaceId, apiToken } = stores;
  const env = storesEnvironment(stores);
  return {
    r2: { endpoint: env.R2_ENDPOINT, bucket, accessKeyId, secretAccessKey },
    kv: { apiUrl: env.KV_API_URL, namespaceId, apiToken },
    env,
  };
}
