import { env } from "cloudflare:workers";

/** A namespace in which every operation fails. */
export function failingKv(): KVNamespace {
  return new Proxy(env.KV, { get: () => () => Promise.reject(new Error("KV is down")) });
}

/** A namespace that never answers. */
export function silentKv(): KVNamespace {
  return new Proxy(env.KV, { get: () => () => new Promise(() => undefined) });
}

/** A bucket in which every operation fails. */
export function failingR2(): R2Bucket {
  return new Proxy(env.R2, { get: () => () => Promise.reject(new Error("R2 is down: /internal/path")) });
}
