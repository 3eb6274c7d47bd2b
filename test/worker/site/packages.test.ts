import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PackageIndex } from "../../../protocol/package-index.ts";
import { packageIndexKey } from "../../../protocol/storage-keys.ts";
import { containing } from "../../matchers.ts";
import { basic, restricted } from "../access/users.ts";
import { readError, startIsolate } from "../client.ts";
import { countStores } from "../counting.ts";
import { spyOnLog } from "../failure-log.ts";
import { failingR2 } from "../outages.ts";

beforeEach(() => {
  spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

const INDEX: PackageIndex = {
  source: env.PACKAGE_SOURCE,
  revision: "0123abc",
  packages: Array.from({ length: 20_000 }, (_, index) => [`p${index}`, "1.0", `<b>what p${index} is for</b>`]),
};

function gzip(text: string): Promise<ArrayBuffer> {
  const compressed = new Response(text).body?.pipeThrough(new CompressionStream("gzip"));
  return new Response(compressed).arrayBuffer();
}

/** Stores the list as the origin does. */
async function storeIndex(index: PackageIndex): Promise<ArrayBuffer> {
  const bytes = await gzip(JSON.stringify(index));
  const httpMetadata = { contentType: "application/json", contentEncoding: "gzip" };
  await env.R2.put(await packageIndexKey(env.PACKAGE_SOURCE), bytes, { httpMetadata });
  return bytes;
}

const GZIP = { headers: { "Accept-Encoding": "br, gzip" } };
const PATH = "/api/packages";

describe("the list of packages", () => {
  test("is served as it is stored, compressed", async () => {
    const bytes = await storeIndex(INDEX);
    const response = await startIsolate().call(PATH, GZIP).response;
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("application/json");
    expect(response.headers.get("Content-Encoding")).toBe("gzip");
    expect(response.headers.get("Vary")).toBe("Accept-Encoding");
    expect(response.headers.get("Cache-Control")).toBe("private, max-age=300, stale-while-revalidate=86400");
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array(bytes));
  });

  test.each(["", "br", "gzip;q=0", "identity"])(
    "is not compressed for a client without gzip (%j)",
    async (encoding) => {
      await storeIndex(INDEX);
      const response = await startIsolate().settle(PATH, { headers: { "Accept-Encoding": encoding } });
      expect(response.headers.has("Content-Encoding")).toBe(false);
      expect(await response.json()).toEqual(INDEX);
    },
  );

  test("comes completely from the data centre's cache, without a read of R2", async () => {
    const bytes = await storeIndex(INDEX);
    const stores = countStores();
    const isolate = startIsolate({ R2: stores.R2 });
    await isolate.settle(PATH, GZIP);
    expect(stores.take()).toEqual({ "r2.get": 1 });
    const near = await isolate.settle(PATH, GZIP);
    expect(near.headers.get("Cornice-Cache")).toBe("colo");
    expect(new Uint8Array(await near.arrayBuffer())).toEqual(new Uint8Array(bytes));
    expect(await (await isolate.settle(PATH)).json()).toEqual(INDEX);
    expect(stores.take()).toEqual({});
  });

  test("is not sent again to a browser that has it, from either tier; a new list is sent", async () => {
    await storeIndex(INDEX);
    const isolate = startIsolate();
    const first = await isolate.settle(PATH, GZIP);
    const etag = first.headers.get("ETag") ?? "";
    expect(etag).toMatch(/^W\/"[0-9a-f]+"$/);
    const again = { headers: { "If-None-Match": etag, "Accept-Encoding": "gzip" } };
    for (const place of [isolate, startIsolate()]) {
      const response = await place.settle(PATH, again);
      expect(response.status).toBe(304);
      expect(response.headers.get("ETag")).toBe(etag);
      expect(response.headers.get("Cache-Control")).toContain("max-age=300");
    }
    await storeIndex({ ...INDEX, revision: "1234bcd" });
    const changed = await startIsolate().settle(PATH, again);
    expect(changed.status).toBe(200);
    expect(changed.headers.get("ETag")).not.toBe(etag);
  });

  test("is kept only by the browser, if the registry has users", async () => {
    await storeIndex(INDEX);
    const headers = { Authorization: basic("alice", "wonderland") };
    const response = await startIsolate(restricted("basic")).settle(PATH, { headers });
    expect(response.headers.get("Cache-Control")).toBe("private, max-age=300, stale-while-revalidate=86400");
  });

  test("is 404 if it is missing, or of another package source", async () => {
    await storeIndex(INDEX);
    const response = await startIsolate({ PACKAGE_SOURCE: "channel:x" }).settle(PATH, GZIP);
    expect(response.status).toBe(404);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await readError(response)).toMatchObject({ message: containing("has no list of packages") });
  });

  test("is 503 while the storage is down", async () => {
    const response = await startIsolate({ R2: failingR2() }).settle(PATH, GZIP);
    expect(response.status).toBe(503);
  });
});
