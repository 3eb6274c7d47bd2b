import { isJsonObject, jsonMembers, parseJsonObject } from "../../protocol/json-object.ts";
import type { KvSettings } from "./settings.ts";
import { StoreError } from "./object-store.ts";

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

/** Workers KV, which can also be checked. */
export interface RemoteKvIndex extends KvIndex {
  /** Throws `StoreError` if the API does not answer, refuses the token, or has no such namespace. */
  check(signal: AbortSignal): Promise<void>;
}

const ATTEMPTS = 3;
const RETRY_PAUSE_MS = 1000;
const TIMEOUT_MS = 30_000;
const MAX_SHOWN_BODY = 65_536;
/** The API lists at least this many keys. */
const FEWEST_KEYS = 10;

/** https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/methods/bulk_update/ */
export function createKvIndex({ apiUrl, namespaceId, apiToken }: KvSettings): RemoteKvIndex {
  const namespace = `${apiUrl}/storage/kv/namespaces/${namespaceId}`;
  const url = `${namespace}/bulk`;
  return {
    // The token may write the namespace, so it may list its keys.
    check: (signal) => call({ method: "GET", url: `${namespace}/keys?limit=${FEWEST_KEYS}`, apiToken, signal }),
    async put(pairs) {
      for (let attempt = 1; ; attempt++) {
        try {
          await putOnce(url, apiToken, pairs);
          return;
        } catch (error) {
          if (attempt === ATTEMPTS) throw error;
          await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS * attempt));
        }
      }
    },
  };
}

function putOnce(url: string, apiToken: string, pairs: readonly KvPair[]): Promise<void> {
  return call({ method: "PUT", url, apiToken, body: JSON.stringify(pairs), signal: AbortSignal.timeout(TIMEOUT_MS) });
}

interface Call {
  readonly method: string;
  readonly url: string;
  readonly apiToken: string;
  readonly body?: string;
  readonly signal: AbortSignal;
}

async function call({ method, url, apiToken, body, signal }: Call): Promise<void> {
  const headers = { authorization: `Bearer ${apiToken}`, "content-type": "application/json" };
  const init = { method, headers, signal, ...(body === undefined ? {} : { body }) };
  const response = await fetch(url, init).catch((cause: unknown) => {
    throw new StoreError(`${method} ${url} got no answer`, { cause });
  });
  const answer = (await response.text()).slice(0, MAX_SHOWN_BODY);
  if (!response.ok || !isCompleteSuccess(answer))
    throw new StoreError(`${method} ${url} answered ${response.status}: ${answer}`);
}

/** A call may succeed although some keys failed. The answer lists these keys. */
function isCompleteSuccess(body: string): boolean {
  const { success, result } = parseJsonObject(body) ?? {};
  const failed = isJsonObject(result) ? jsonMembers(result["unsuccessful_keys"]) : [];
  return success === true && failed.length === 0;
}
