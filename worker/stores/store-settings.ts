/** The bindings of the stores. */
export interface StoreBindings {
  readonly KV: KVNamespace;
  readonly R2: R2Bucket;
  readonly CACHE_HOST?: string;
}

/** The stores from which an image is read. */
export interface StoreSettings {
  readonly kv: KVNamespace;
  readonly r2: R2Bucket;
  /** The host name in the colo cache's keys. */
  readonly cacheHost: string;
}

/** Adds a wrong setting to `problems`. */
export function parseStoreSettings(env: StoreBindings, problems: string[]): StoreSettings {
  return { kv: env.KV, r2: env.R2, cacheHost: cacheHost(env.CACHE_HOST ?? "cornice.internal", problems) };
}

function cacheHost(text: string, problems: string[]): string {
  if (URL.parse(`https://${text}/`)?.host !== text) problems.push("CACHE_HOST must be a host name");
  return text;
}
