import { isJsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import { isSuccess, type KvCall, type KvNamespace, refusal, withKvRetries } from "./kv-call.ts";
import type { MaintainedIndex } from "./maintained-store.ts";
import { StoreError } from "./object-store.ts";

/** Cloudflare reads at most this many keys in one call. */
const MAX_READ = 100;
/** A value is no text, or all values together are too large. Each key alone can be read. */
const ONE_BY_ONE: ReadonlySet<number> = new Set([400, 413]);

interface Values extends KvNamespace {
  /** Reads one key. */
  readonly read: MaintainedIndex["read"];
}

/**
 * The values of many keys, in few calls. A missing key has none. Throws `StoreError`.
 * https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/methods/bulk_get/
 */
export async function readValues(options: Values, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (let start = 0; start < keys.length; start += MAX_READ) {
    const batch = keys.slice(start, start + MAX_READ);
    const values = await readBatch(options, batch);
    for (const key of batch) {
      const value = values ? values.get(key) : await options.read(key);
      if (value !== undefined) found.set(key, value);
    }
  }
  return found;
}

/** Undefined if the keys must be read one by one. */
async function readBatch(
  { url: namespace, apiToken, ask }: Values,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string> | undefined> {
  const call = { method: "POST", url: `${namespace}/bulk/get`, apiToken, body: JSON.stringify({ keys }) };
  const body = await withKvRetries(async () => {
    const answer = await ask(call);
    if (ONE_BY_ONE.has(answer.status)) return undefined;
    if (!isSuccess(answer.status)) throw refusal(call, answer);
    return answer.body;
  });
  return body === undefined ? undefined : parseValues(body, call);
}

/** A missing key has the value null. */
function parseValues(body: string, { method, url }: KvCall): ReadonlyMap<string, string> {
  const { success, result } = parseJsonObject(body) ?? {};
  const values = isJsonObject(result) ? result["values"] : undefined;
  if (success !== true || !isJsonObject(values)) throw new StoreError(`${method} ${url} answered no values`);
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(values)) {
    if (typeof value === "string") found.set(key, value);
    else if (value !== null) throw new StoreError(`${method} ${url} answered a value that is no text`);
  }
  return found;
}
