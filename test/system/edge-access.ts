import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { KvSettings, R2Settings } from "../../origin/config.ts";
import { edgeApis } from "../../start/edge-config.ts";
import type { Registry } from "./registry.ts";

interface EdgeAccess {
  readonly r2: R2Settings;
  readonly kv: KvSettings;
  /** What an origin beside the registry's own needs to write to the same edge. */
  readonly env: Readonly<Record<string, string>>;
}

/** The storage of a registry that runs here, over its real protocols. */
export async function edgeAccess({ host }: Registry, stateDirectory: string): Promise<EdgeAccess> {
  const { s3, kv: apiUrl } = edgeApis(Number(new URL(`http://${host}`).port));
  const secrets: { accessKeyId: string; secretAccessKey: string } = await readJson(stateDirectory, "secrets.json");
  const config: { kv_namespaces: [{ id: string }] } = await readJson(stateDirectory, "wrangler.json");
  const { accessKeyId, secretAccessKey } = secrets;
  const r2 = { endpoint: s3, bucket: "cornice", accessKeyId, secretAccessKey };
  const kv = { apiUrl, namespaceId: config.kv_namespaces[0].id, apiToken: "local" };
  const env = {
    R2_ENDPOINT: r2.endpoint,
    R2_BUCKET: r2.bucket,
    R2_ACCESS_KEY_ID: accessKeyId,
    R2_SECRET_ACCESS_KEY: secretAccessKey,
    KV_API_URL: apiUrl,
    KV_NAMESPACE_ID: kv.namespaceId,
    KV_API_TOKEN: kv.apiToken,
  };
  return { r2, kv, env };
}

async function readJson<T>(directory: string, name: string): Promise<T> {
  return JSON.parse(await readFile(join(directory, name), "utf8"));
}
