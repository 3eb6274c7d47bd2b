import { isJsonObject, type JsonObject, jsonMembers, parseJsonObject } from "../../protocol/json-object.ts";
import { type AskKv, callKv, isSuccess, type KvCall, type KvNamespace, refusal, withKvRetries } from "./kv-call.ts";
import type { EntryList, ListedEntry, MaintainedIndex } from "./maintained-store.ts";
import { readValues } from "./kv-values.ts";
import { StoreError } from "./object-store.ts";

/** Cloudflare removes at most this many keys in one call. */
const MAX_REMOVED = 10_000;
const NOT_FOUND = 404;

/** Lists, reads and removes keys: https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/ */
export function createKvUpkeep(namespace: KvNamespace): MaintainedIndex & EntryList {
  const { url, apiToken, ask } = namespace;
  const read = (key: string) => {
    const call = { method: "GET", url: `${url}/values/${encodeURIComponent(key)}`, apiToken };
    return withKvRetries(() => readValue(call, ask));
  };
  return {
    async *list(prefix) {
      for await (const page of listPages(namespace, prefix)) yield page.map(({ key }) => key);
    },
    listEntries: (prefix) => listPages(namespace, prefix),
    read,
    readMany: (keys) => readValues({ ...namespace, read }, keys),
    async remove(keys) {
      for (let start = 0; start < keys.length; start += MAX_REMOVED) {
        const body = JSON.stringify(keys.slice(start, start + MAX_REMOVED));
        await withKvRetries(() => callKv({ method: "POST", url: `${url}/bulk/delete`, apiToken, body }, ask));
      }
    },
  };
}

async function* listPages(
  { url: namespace, apiToken, ask }: KvNamespace,
  prefix: string,
): AsyncGenerator<readonly ListedEntry[]> {
  for (let cursor = ""; ;) {
    const query = new URLSearchParams({ prefix, ...(cursor === "" ? {} : { cursor }) });
    const url = `${namespace}/keys?${query.toString()}`;
    const page = parsePage(await withKvRetries(() => callKv({ method: "GET", url, apiToken }, ask)), url);
    if (page.entries.length > 0) yield page.entries;
    if (page.cursor === "") return;
    if (page.cursor === cursor) throw new StoreError(`GET ${url} comes to no end`);
    cursor = page.cursor;
  }
}

interface Page {
  readonly entries: readonly ListedEntry[];
  /** Where the next page begins. Empty after the last page. */
  readonly cursor: string;
}

function parsePage(body: string, url: string): Page {
  const { result, result_info: info } = parseJsonObject(body) ?? {};
  const entries = jsonMembers(result).map((each) => parseEntry(isJsonObject(each) ? each : {}));
  const cursor = cursorOf(isJsonObject(info) ? info : {});
  if (!Array.isArray(result) || !entries.every((entry) => entry !== undefined) || cursor === undefined) {
    throw new StoreError(`GET ${url} answered no list of keys`);
  }
  return { entries, cursor };
}

function parseEntry({ name, metadata }: JsonObject): ListedEntry | undefined {
  return typeof name === "string" ? { key: name, metadata: isJsonObject(metadata) ? metadata : {} } : undefined;
}

function cursorOf({ cursor = "" }: JsonObject): string | undefined {
  return typeof cursor === "string" ? cursor : undefined;
}

async function readValue(call: KvCall, ask: AskKv): Promise<string | undefined> {
  const answer = await ask(call);
  if (answer.status === NOT_FOUND) return undefined;
  if (!isSuccess(answer.status)) throw refusal(call, answer);
  return answer.body;
}
