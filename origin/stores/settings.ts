import type { Settings } from "../system/settings.ts";

export interface R2Settings {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface KvSettings {
  /** The URL of the REST API, up to the part before `/storage/kv`. */
  readonly apiUrl: string;
  readonly namespaceId: string;
  readonly apiToken: string;
}

export const R2_SETTINGS = ["R2_ENDPOINT", "R2_BUCKET", "R2_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY"] as const;

/** All four are required. */
export function parseR2(settings: Settings): R2Settings {
  return {
    endpoint: settings.url("R2_ENDPOINT", "the S3 endpoint of the R2 account"),
    bucket: settings.required("R2_BUCKET", "the bucket that the Worker reads"),
    accessKeyId: settings.required("R2_ACCESS_KEY_ID", "of an R2 API token that may read and write the bucket"),
    secretAccessKey: settings.required("R2_SECRET_ACCESS_KEY", "of the same R2 API token"),
  };
}

/** All three are required. */
export function parseKv(settings: Settings): KvSettings {
  return {
    apiUrl: settings.url("KV_API_URL", "https://api.cloudflare.com/client/v4/accounts/ACCOUNT_ID"),
    namespaceId: settings.required("KV_NAMESPACE_ID", "of the namespace that the Worker reads"),
    apiToken: settings.required("KV_API_TOKEN", "an API token that may write the namespace"),
  };
}
