import { isJsonObject } from "../../../protocol/json-object.ts";

const NOT_FOUND = 404;
const BAD_REQUEST = 400;
/** KV lists at most this many keys at once. */
const MAX_PAGE = 1000;
/** KV removes at most this many keys in one call. */
const MAX_REMOVED = 10_000;
/** Of a thousand calls that wait at once, each takes three times as much of the processor. */
const REMOVED_AT_ONCE = 50;
/** KV reads at most this many keys in one call. */
const MAX_READ = 100;

/**
 * Answers the calls of Cloudflare's REST API that the origin and the tests make: they write pairs, read values and
 * remove keys in bulk, read one value and list keys. The path is what follows `/storage/kv/namespaces/<id>/`.
 * https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/
 */
export async function answerKvCall(request: Request, path: string, namespace: KVNamespace): Promise<Response> {
  const [, key] = /^values\/(.+)$/.exec(path) ?? [];
  if (request.method === "PUT" && path === "bulk") return putPairs(await request.json().catch(() => null), namespace);
  if (request.method === "POST" && path === "bulk/delete") {
    return removeKeys(await request.json().catch(() => null), namespace);
  }
  if (request.method === "POST" && path === "bulk/get") {
    return readValues(await request.json().catch(() => null), namespace);
  }
  if (request.method === "GET" && path === "keys") return listKeys(new URL(request.url).searchParams, namespace);
  if (request.method === "GET" && key !== undefined) return readValue(decodeURIComponent(key), namespace);
  return failure(NOT_FOUND, "this call is not answered here");
}

async function putPairs(pairs: unknown, namespace: KVNamespace): Promise<Response> {
  if (!Array.isArray(pairs) || !pairs.every(isPair)) return failure(BAD_REQUEST, "the body must be a list of pairs");
  await Promise.all(
    pairs.map(({ key, value, metadata, expiration_ttl: expirationTtl }) =>
      namespace.put(key, value, { metadata, ...(typeof expirationTtl === "number" && { expirationTtl }) }),
    ),
  );
  return success({ successful_key_count: pairs.length, unsuccessful_keys: [] });
}

async function removeKeys(keys: unknown, namespace: KVNamespace): Promise<Response> {
  if (!Array.isArray(keys) || keys.length > MAX_REMOVED || !keys.every((key) => typeof key === "string")) {
    return failure(BAD_REQUEST, `the body must be a list of at most ${MAX_REMOVED} keys`);
  }
  for (let start = 0; start < keys.length; start += REMOVED_AT_ONCE)
    await Promise.all(keys.slice(start, start + REMOVED_AT_ONCE).map((key) => namespace.delete(key)));
  return success({ successful_key_count: keys.length, unsuccessful_keys: [] });
}

/** A missing key has the value null. */
async function readValues(body: unknown, namespace: KVNamespace): Promise<Response> {
  const keys = isJsonObject(body) ? body["keys"] : undefined;
  if (!Array.isArray(keys) || keys.length > MAX_READ || !keys.every((key) => typeof key === "string")) {
    return failure(BAD_REQUEST, `the body must have a list of at most ${MAX_READ} keys`);
  }
  const values = keys.length === 0 ? [] : await namespace.get(keys);
  return success({ values: Object.fromEntries<string | null>(values) });
}

/** One part of the list of keys, with the cursor of the next part. After the last part, the cursor is empty. */
async function listKeys(query: URLSearchParams, namespace: KVNamespace): Promise<Response> {
  const limit = Number(query.get("limit") ?? MAX_PAGE);
  const page = await namespace.list({
    prefix: query.get("prefix"),
    cursor: query.get("cursor"),
    limit: Math.min(limit, MAX_PAGE),
  });
  return success(page.keys, { count: page.keys.length, cursor: page.list_complete ? "" : page.cursor });
}

async function readValue(key: string, namespace: KVNamespace): Promise<Response> {
  const value = await namespace.get(key, "stream");
  return value === null ? failure(NOT_FOUND, "there is no such key") : new Response(value);
}

interface Pair {
  readonly key: string;
  readonly value: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly expiration_ttl?: unknown;
}

function isPair(value: unknown): value is Pair {
  return isJsonObject(value) && typeof value["key"] === "string" && typeof value["value"] === "string";
}

function success(result: unknown, info?: object): Response {
  return Response.json({ success: true, errors: [], messages: [], result, result_info: info });
}

/** Has the form of Cloudflare's errors, but without their numbers, because no caller here reads them. */
export function failure(status: number, message: string): Response {
  const errors = [{ code: status, message }];
  return Response.json({ success: false, errors, messages: [], result: null }, { status });
}
