import { isJsonObject, jsonMembers, parseJsonObject } from "../../protocol/json-object.ts";
import type { KvSettings } from "./settings.ts";
import { StoreError } from "./object-store.ts";

export interface KvPair {
  readonly key: string;
  readonly value: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Writes small records to Workers KV over Cloudflare's REST API. The Worker reads them everywhere. */
export interface KvIndex {
  /** Writes all pairs, or throws. The caller may repeat it. */
  put(pairs: readonly KvPair[]): Promise<void>;
}

const ATTEMPTS = 3;
const RETRY_PAUSE_MS = 1000;
const TIMEOUT_MS = 30_000;
const MAX_SHOWN_BODY = 65_536;

/** https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/methods/bulk_update/ */
export function createKvIndex({ apiUrl, namespaceId, apiToken }: KvSettings): KvIndex {
  const url = `${apiUrl}/storage/kv/namespaces/${namespaceId}/bulk`;
  return {
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

async function putOnce(url: string, apiToken: string, pairs: readonly KvPair[]): Promise<void> {
  const response = await fetch(url, {
    method: "PUT",
    headers: { authorization: `Bearer ${apiToken}`, "content-type": "application/json" },
    body: JSON.stringify(pairs),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw new StoreError(`PUT ${url} got no answer`, { cause });
  });
  const body = (await response.text()).slice(0, MAX_SHOWN_BODY);
  if (!response.ok || !isCompleteSuccess(body)) throw new StoreError(`PUT ${url} answered ${response.status}: ${body}`);
}

/** A call may succeed although some keys failed. The answer lists these keys. */
function isCompleteSuccess(body: string): boolean {
  const { success, result } = parseJsonObject(body) ?? {};
  const failed = isJsonObject(result) ? jsonMembers(result["unsuccessful_keys"]) : [];
  return success === true && failed.length === 0;
}
