/** The R2 bucket and the KV namespace of this machine, and the credentials that their callers need. */
export interface LocalStores {
  /** The port of 127.0.0.1 where the stores listen. The registry has another one. */
  readonly port: number;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly namespaceId: string;
  readonly apiToken: string;
}

/** Miniflare's S3 API answers at this path only. */
export const S3_PATH = "/cdn-cgi/local/r2/s3";
const KV_PATH = "/kv";

/** The path of a namespace's calls. Cloudflare has the same path, after the account's. */
export function namespacePath(namespaceId: string): string {
  return `${KV_PATH}/storage/kv/namespaces/${namespaceId}/`;
}

/** The origin's settings for these stores. */
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
