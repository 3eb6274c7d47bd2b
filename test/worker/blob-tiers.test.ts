import { reset, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Digest, digestOf } from "../../protocol/digest.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import { MAX_COLO_BYTES, readColo } from "../../worker/stores/colo-cache.ts";
import { parseConfig } from "../../worker/settings.ts";
import { readText, startIsolate } from "./client.ts";
import { countStores } from "./counting.ts";
import { storeBlob } from "./images.ts";

const MIB = 1 << 20;
const stores = countStores();
const TEN_BYTES = new TextEncoder().encode("0123456789");

beforeEach(() => {
  stores.take();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** An isolate in a data centre in which a client has pulled the blob. */
async function warmIsolate(bytes: Uint8Array<ArrayBuffer> = new Uint8Array(TEN_BYTES)) {
  const digest = await storeBlob(bytes);
  const isolate = startIsolate(stores);
  const path = `/v2/git/blobs/${digest}`;
  const first = await isolate.settle(path);
  expect(first.headers.get("Cornice-Cache")).toBe("r2");
  expect(stores.take()).toEqual({ "r2.get": 1 });
  return { digest, isolate, path };
}

test("the first pull reads R2 once, for the client and the colo cache; the next pulls do not", async () => {
  const bytes = new Uint8Array(3 * MIB + 1).map((_, index) => index % 251);
  const { digest, isolate, path } = await warmIsolate(bytes);
  const response = await isolate.settle(path);
  expect(response.headers.get("Cornice-Cache")).toBe("colo");
  expect(response.headers.get("Server-Timing")).toMatch(/^colo;dur=\d+$/);
  expect(await digestOf(new Uint8Array(await response.arrayBuffer()))).toBe(digest);
  expect(stores.take()).toEqual({});
});

test("the colo cache answers with the same headers as R2", async () => {
  const digest = await storeBlob(new Uint8Array(TEN_BYTES));
  const isolate = startIsolate();
  const headersOf = async () => {
    const { headers } = await isolate.settle(`/v2/git/blobs/${digest}`);
    return Object.fromEntries([...headers].filter(([name]) => !/^(cornice-cache|server-timing)$/.test(name)));
  };
  const first = await headersOf();
  expect(await headersOf()).toEqual(first);
  expect(first).toHaveProperty("content-length", "10");
});

describe("the colo cache answers", () => {
  test("HEAD", async () => {
    const { isolate, path } = await warmIsolate();
    const response = await isolate.settle(path, { method: "HEAD" });
    expect([response.status, response.headers.get("Content-Length")]).toEqual([200, "10"]);
    expect(stores.take()).toEqual({});
  });

  test("a client that has the blob", async () => {
    const { digest, isolate, path } = await warmIsolate();
    const response = await isolate.settle(path, { headers: { "If-None-Match": `"${digest}"` } });
    expect([response.status, response.headers.get("Cornice-Cache")]).toEqual([304, "colo"]);
    expect(stores.take()).toEqual({});
  });

  test.each([
    ["bytes=0-3", "0123", "bytes 0-3/10"],
    ["bytes=4-", "456789", "bytes 4-9/10"],
    ["bytes=-3", "789", "bytes 7-9/10"],
    ["bytes=-30", "0123456789", "bytes 0-9/10"],
    ["bytes=8-100", "89", "bytes 8-9/10"],
  ])("the range %s", async (range, body, contentRange) => {
    const { isolate, path } = await warmIsolate();
    const response = await isolate.settle(path, { headers: { Range: range } });
    expect([response.status, response.headers.get("Cornice-Cache")]).toEqual([206, "colo"]);
    expect(response.headers.get("Content-Range")).toBe(contentRange);
    expect(response.headers.get("Content-Length")).toBe(String(body.length));
    expect(await readText(response)).toBe(body);
    expect(stores.take()).toEqual({});
  });

  test.each(["bytes=10-", "bytes=-0", "bytes=99999999999999999999-"])(
    "the range %s without a byte of the blob",
    async (range) => {
      const { isolate, path } = await warmIsolate();
      const response = await isolate.settle(path, { headers: { Range: range } });
      expect([response.status, response.headers.get("Content-Range")]).toEqual([416, "bytes */10"]);
      expect(stores.take()).toEqual({});
    },
  );

  test.each(["bytes=0-1,4-5", "bytes=3-1", "x"])("the range %s with the whole blob", async (range) => {
    const { isolate, path } = await warmIsolate();
    const response = await isolate.settle(path, { headers: { Range: range } });
    expect([response.status, await readText(response)]).toEqual([200, "0123456789"]);
    expect(stores.take()).toEqual({});
  });
});

describe("R2 is asked once", () => {
  test.each<[string, RequestInit, Record<string, number>]>([
    ["for a range", { headers: { Range: "bytes=2-5" } }, { "r2.get": 1 }],
    ["for the end", { headers: { Range: "bytes=-3" } }, { "r2.get": 1 }],
    ["for HEAD", { method: "HEAD" }, { "r2.head": 1 }],
    ["for a blob that the client has", { headers: { "If-None-Match": "*" } }, { "r2.head": 1 }],
  ])("%s", async (_, init, operations) => {
    const digest = await storeBlob(new Uint8Array(TEN_BYTES));
    const response = await startIsolate(stores).settle(`/v2/git/blobs/${digest}`, init);
    expect(response.headers.get("Cornice-Cache")).toBe("r2");
    expect(stores.take()).toEqual(operations);
  });

  test("for a missing blob, and KV for images that may have it, once a minute", async () => {
    const isolate = startIsolate(stores);
    const path = `/v2/git/blobs/sha256:${"ab".repeat(32)}`;
    await isolate.settle(path);
    expect(stores.take()).toEqual({ "r2.get": 1, "kv.list": 1 });
    await isolate.settle(path);
    expect(stores.take()).toEqual({ "r2.get": 1 });
  });
});

describe("the colo cache is not filled", () => {
  test("with one blob twice at a time", async () => {
    const digest = await storeBlob(new Uint8Array(4 * MIB));
    const put = vi.spyOn(caches.default, "put");
    const isolate = startIsolate();
    const clients = await Promise.all(
      Array.from({ length: 20 }, () => isolate.call(`/v2/git/blobs/${digest}`).response),
    );
    const bodies = await Promise.all(clients.map((client) => client.arrayBuffer()));
    expect(bodies.map(({ byteLength }) => byteLength)).toEqual(Array(20).fill(4 * MIB));
    expect(put).toHaveBeenCalledOnce();
  });

  test("with a part", async () => {
    const digest = await storeBlob(new Uint8Array(TEN_BYTES));
    const isolate = startIsolate(stores);
    for (let count = 1; count <= 2; count++) {
      const response = await isolate.settle(`/v2/git/blobs/${digest}`, { headers: { Range: "bytes=0-3" } });
      expect(response.headers.get("Cornice-Cache")).toBe("r2");
    }
  });

  test("when the client leaves before the end", async () => {
    const digest = await storeBlob(new Uint8Array(8 * MIB));
    const isolate = startIsolate(stores);
    const reader = (await isolate.call(`/v2/git/blobs/${digest}`).response).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    const response = await isolate.settle(`/v2/git/blobs/${digest}`);
    expect(response.headers.get("Cornice-Cache")).toBe("r2");
    expect(response.headers.get("Content-Length")).toBe(String(8 * MIB));
  });

  test("when R2 breaks off, and the client notices it", async () => {
    const digest = await storeBlob(new Uint8Array(TEN_BYTES));
    const body = new ReadableStream({
      type: "bytes",
      start: (controller) => controller.enqueue(new Uint8Array(5)),
      pull: (controller) => controller.error(new Error("R2 broke off")),
    });
    const isolate = startIsolate({ ...stores, R2: bucketOf(digest, body, 10) });
    const response = await isolate.call(`/v2/git/blobs/${digest}`).response;
    await expect(response.arrayBuffer()).rejects.toThrow();
    const next = await startIsolate({ ...stores, CACHE_HOST: isolate.env.CACHE_HOST ?? "" }).settle(
      `/v2/git/blobs/${digest}`,
    );
    expect([next.headers.get("Cornice-Cache"), await readText(next)]).toEqual(["r2", "0123456789"]);
  });

  test("with a blob that is too large for it", async () => {
    const digest = await storeBlob(new Uint8Array(TEN_BYTES));
    const put = vi.spyOn(caches.default, "put");
    const body = new ReadableStream({ type: "bytes", pull: () => undefined });
    const isolate = startIsolate({ R2: bucketOf(digest, body, MAX_COLO_BYTES + 1) });
    const response = await isolate.call(`/v2/git/blobs/${digest}`).response;
    expect(response.headers.get("Content-Length")).toBe(String(MAX_COLO_BYTES + 1));
    expect(put).not.toHaveBeenCalled();
    await response.body?.cancel();
  });
});

/** The real bucket, with another body and size for one blob. */
function bucketOf(digest: Digest, body: ReadableStream, size: number): R2Bucket {
  return new Proxy(env.R2, {
    get: () => async () => {
      const object = await env.R2.get(blobKey(digest));
      return object && new Proxy(object, { get: (_, property) => (property === "body" ? body : size) });
    },
  });
}

test("no cache keeps a blob that passes unchecked, because too many others are being checked", async () => {
  const digest = await storeBlob(new Uint8Array(MIB));
  const isolate = startIsolate();
  const answers: Response[] = [];
  // Nobody reads the bodies, so none of the checks ends. One body goes into the colo cache, and 128 do not.
  for (let count = 0; count < 130; count++) answers.push(await isolate.call(`/v2/git/blobs/${digest}`).response);
  const kept = answers.map(({ headers }) => headers.get("Cache-Control")?.split(",")[0]);
  expect(kept).toEqual([...Array.from({ length: 129 }, () => "public"), "no-store"]);
  await Promise.all(answers.map(async ({ body }) => body?.cancel()));
});

describe("a blob with wrong bytes", () => {
  test("also breaks off without the cache, and no client gets its last bytes", async () => {
    const digest = await digestOf(new Uint8Array(2 * MIB).fill(1));
    await env.R2.put(blobKey(digest), new Uint8Array(2 * MIB).fill(2));
    vi.spyOn(console, "error").mockImplementation(() => {});
    const isolate = startIsolate();
    // The first pull fills the cache.
    const clients = await Promise.all([1, 2, 3].map(() => isolate.call(`/v2/git/blobs/${digest}`).response));
    const bodies = await Promise.allSettled(clients.map((client) => client.arrayBuffer()));
    expect(bodies.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  });

  test.each([1000, 300_000])("of %i bytes breaks off, and no cache keeps it", async (size) => {
    const digest = await digestOf(new Uint8Array(size).fill(1));
    await env.R2.put(blobKey(digest), new Uint8Array(size).fill(2));
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const isolate = startIsolate();
    const { response, context } = isolate.call(`/v2/git/blobs/${digest}`);
    await expect((await response).arrayBuffer()).rejects.toThrow();
    await waitOnExecutionContext(context);
    expect(log.mock.calls.flat().join("\n")).toContain("a blob is damaged");
    expect(await readColo(parseConfig(isolate.env), blobKey(digest))).toBeUndefined();
  });
});
