import { askKv, callKv, pacedAsk, withKvRetries } from "./kv-call.ts";
import type { Pace } from "./kv-pace.ts";
import { createKvUpkeep } from "./kv-upkeep.ts";
import type { EntryList, MaintainedIndex } from "./maintained-store.ts";
import type { KvSettings } from "./settings.ts";

export interface KvPair {
  readonly key: string;
  readonly value: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Seconds until KV removes the key, at least 60. By default, it stays. The name is that of the API. */
  readonly expiration_ttl?: number;
}

/** Writes small records to Workers KV over Cloudflare's REST API. The Worker reads them everywhere. */
export interface KvIndex {
  /** Writes all pairs, or throws. The caller may repeat it. */
  put(pairs: readonly KvPair[]): Promise<void>;
}

/** Workers KV, which can also be checked and maintained. */
export interface RemoteKvIndex extends KvIndex, MaintainedIndex, EntryList {
  /** Throws `StoreError` if the API does not answer, refuses the token, or has no such namespace. */
  check(signal: AbortSignal): Promise<void>;
}

/** The API lists at least this many keys. */
const FEWEST_KEYS = 10;

/** Only this API limits calls. The KV of one machine does not. */
const LIMITED_HOST = "api.cloudflare.com";

/**
 * `pace`: for upkeep, which makes many calls. An origin needs none, and gets the rest of Cloudflare's limit.
 * https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/methods/bulk_update/
 */
export function createKvIndex({ apiUrl, namespaceId, apiToken }: KvSettings, pace?: Pace): RemoteKvIndex {
  const ask = pace && URL.parse(apiUrl)?.hostname === LIMITED_HOST ? pacedAsk(pace) : askKv;
  const namespace = `${apiUrl}/storage/kv/namespaces/${namespaceId}`;
  return {
    ...createKvUpkeep({ url: namespace, apiToken, ask }),
    // The token may write the namespace, so it may list its keys.
    async check(signal) {
      await callKv({ method: "GET", url: `${namespace}/keys?limit=${FEWEST_KEYS}`, apiToken, signal });
    },
    async put(pairs) {
      const body = JSON.stringify(pairs);
      await withKvRetries(() => callKv({ method: "PUT", url: `${namespace}/bulk`, apiToken, body }, ask));
    },
  };
}
