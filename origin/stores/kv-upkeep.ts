import { isJsonObject, type JsonObject, jsonMembers, parseJsonObject } from "../../protocol/json-object.ts";
import { askKv, callKv, isSuccess, type KvCall, refusal, withKvRetries } from "./kv-call.ts";
import type { MaintainedIndex } from "./maintained-store.ts";
import { readValues } from "./kv-values.ts";
import { StoreError } from "./object-store.ts";

/** Cloudflare removes at most this many keys in one call. */
const MAX_REMOVED = 10_000;
const NOT_FOUND = 404;

/**
 * Lists, reads and removes keys. `namespace` is the namespace's URL.
 * https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/
 */
export function createKvUpkeep(namespace: string, apiToken: string): MaintainedIndex {
  const read = (key: string) => {
    const call = { method: "GET", url: `${namespace}/values/${encodeURIComponent(key)}`, apiToken };
    return withKvRetries(() => readValue(call));
  };
  return {
    list: (prefix) => listPages(namespace, apiToken, prefix),
    read,
    readMany: (keys) => readValues({ namespace, apiToken, read }, keys),
    async remove(keys) {
      for (let start = 0; start < keys.length; start += MAX_REMOVED) {
        const body = JSON.stringify(keys.slice(start, start + MAX_REMOVED));
        await withKvRetries(() => callKv({ method: "POST", url: `${namespace}/bulk/delete`, apiToken, body }));
      }
    },
  };
}

async function* listPages(namespace: string, apiToken: string, prefix: string): AsyncGenerator<readonly string[]> {
  for (let cursor = ""; ;) {
    const query = new URLSearchParams({ prefix, ...(cursor === "" ? {} : { cursor }) });
    const url = `${namespace}/keys?${query.toString()}`;
    const page = parsePage(await withKvRetries(() => callKv({ method: "GET", url, apiToken })), url);
    if (page.keys.length > 0) yield page.keys;
    if (page.cursor === "") return;
    if (page.cursor === cursor) throw new StoreError(`GET ${url} comes to no end`);
    cursor = page.cursor;
  }
}

interface Page {
  readonly keys: readonly string[];
  /** Where the next page begins. Empty after the last page. */
  readonly cursor: string;
}

function parsePage(body: string, url: string): Page {
  const { result, result_info: info } = parseJsonObject(body) ?? {};
  const keys = jsonMembers(result).map((each) => (isJsonObject(each) ? each["name"] : undefined));
  const cursor = cursorOf(isJsonObject(info) ? info : {});
  if (!Array.isArray(result) || !keys.every((key) => typeof key === "string") || cursor === undefined) {
    throw new StoreError(`GET ${url} answered no list of keys`);
  }
  return { keys, cursor };
}

function cursorOf({ cursor = "" }: JsonObject): string | undefined {
  return typeof cursor === "string" ? cursor : undefined;
}

async function readValue(call: KvCall): Promise<string | undefined> {
  const answer = await askKv(call);
  if (answer.status === NOT_FOUND) return undefined;
  if (!isSuccess(answer.status)) throw refusal(call, answer);
  return answer.body;
}
