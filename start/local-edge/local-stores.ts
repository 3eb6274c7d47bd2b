/** The R2 bucket and the KV namespace of this machine, and what they ask of those who call. */
export interface LocalStores {
  /** Of 127.0.0.1; not the registry's. */
  readonly port: number;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly namespaceId: string;
  readonly apiToken: string;
}

/** Miniflare's S3 API answers at this path and no other. */
export const S3_PATH = "/cdn-cgi/local/r2/s3";
const KV_PATH = "/kv";

/** The path of a namespace's calls, as Cloudflare has it after the account's. */
export function namespacePath(namespaceId: string): string {
  return `${KV_PATH}/storage/kv/namespaces/${namespaceId}/`;
}

/** The stores, as the origin's settings. */
export function storesEnvironment(stores: LocalStores) {
  const base = `http://127.0.0.1:${stores.port}`;
  return {
    R2_ENDPOINT: `${base}${S3_PATH}`,
    R2_BUCKET: stores.bucket,
    R2_ACCESS_KEY_ID: stores.accessKeyId,
    R2_SECRET_ACCESS_KEY: stores.secretAccessKey,
    KV_API_URL: `${base}${KV_PATH}`,
    KV_NAMESPACE_ID: stores.namespaceId,
    KV_API_TOKEN: stores.apiToken,
  };
}
