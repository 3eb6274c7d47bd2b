import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test } from "vitest";
import { type Digest, sha256Digest } from "../../../protocol/digest.ts";
import { toHex } from "../../../protocol/hex.ts";
import { blobKey } from "../../../protocol/storage-keys.ts";
import { matching } from "../../matchers.ts";
import { callWorker, pull, readError, readText, storedKeys } from "../client.ts";
import { storeBlob } from "../images.ts";

const TEN_BYTES = new TextEncoder().encode("0123456789");
const MIB = 1 << 20;

afterEach(() => reset());

function blobHeaders(digest: Digest, length: number): Record<string, unknown> {
  return {
    "accept-ranges": "bytes",
    "cache-control": "public, max-age=31536000, immutable, no-transform",
    "content-length": String(length),
    "content-type": "application/octet-stream",
    "cornice-cache": "r2",
    "docker-content-digest": digest,
    "docker-distribution-api-version": "registry/2.0",
    "x-content-type-options": "nosniff",
    etag: `"${digest}"`,
    "server-timing": matching(/^colo;dur=\d+, r2;dur=\d+$/),
  };
}

function storeTenBytes(): Promise<Digest> {
  return storeBlob(new Uint8Array(TEN_BYTES));
}

test.each([
  ["GET", "0123456789"],
  ["HEAD", ""],
])("%s", async (method, body) => {
  const digest = await storeTenBytes();
  const response = await pull(`/v2/shell/git/blobs/${digest}`, { method });
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toEqual(blobHeaders(digest, 10));
  expect(await readText(response)).toBe(body);
});

test.each(["GET", "HEAD"])("%s of an empty blob", async (method) => {
  const digest = await storeBlob(new Uint8Array());
  const response = await pull(`/v2/git/blobs/${digest}`, { method });
  expect(Object.fromEntries(response.headers)).toEqual(blobHeaders(digest, 0));
  expect(await readText(response)).toBe("");
});

test("a blob is the same under every name, and its colon may be percent-encoded", async () => {
  const digest = await storeTenBytes();
  for (const path of [`a/blobs/${digest}`, `b/c/blobs/${digest.replace(":", "%3A")}`, `x/blobs/y/blobs/${digest}`]) {
    const response = await pull(`/v2/${path}`);
    expect(await readText(response)).toBe("0123456789");
  }
});

test("HEAD opens no body", async () => {
  const digest = await storeTenBytes();
  const withoutGet = new Proxy(env.R2, {
    get: (r2, property) => (property === "head" ? (key: string) => r2.head(key) : undefined),
  });
  const response = await callWorker({ R2: withoutGet }, `/v2/git/blobs/${digest}`, { method: "HEAD" }).response;
  expect(response.status).toBe(200);
});

test.each(["GET", "HEAD"])("%s of an unknown blob", async (method) => {
  const response = await pull(`/v2/git/blobs/sha256:${"ab".repeat(32)}`, { method, headers: { Range: "bytes=0-1" } });
  expect(response.status).toBe(404);
  const error = method === "GET" ? await readError(response) : undefined;
  expect(error?.code).toBe(method === "GET" ? "BLOB_UNKNOWN" : undefined);
});

describe("a range", () => {
  test.each([
    ["bytes=0-3", "0123", "bytes 0-3/10"],
    ["bytes=4-", "456789", "bytes 4-9/10"],
    ["bytes=-3", "789", "bytes 7-9/10"],
    ["bytes=-30", "0123456789", "bytes 0-9/10"],
    ["bytes=8-100", "89", "bytes 8-9/10"],
    ["bytes=9-9", "9", "bytes 9-9/10"],
  ])("%s is answered with that part", async (range, body, contentRange) => {
    const digest = await storeTenBytes();
    const response = await pull(`/v2/git/blobs/${digest}`, { headers: { Range: range } });
    expect(response.status).toBe(206);
    expect(Object.fromEntries(response.headers)).toEqual({
      ...blobHeaders(digest, body.length),
      "content-range": contentRange,
    });
    expect(await readText(response)).toBe(body);
  });

  test.each(["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999-"])(
    "%s has no byte of the blob",
    async (range) => {
      const digest = await storeTenBytes();
      const response = await pull(`/v2/git/blobs/${digest}`, { headers: { Range: range } });
      expect(response.status).toBe(416);
      expect(response.headers.get("Content-Range")).toBe("bytes */10");
      expect((await readError(response)).code).toBe("RANGE_INVALID");
    },
  );

  test.each(["bytes=0-1,4-5", "bytes=3-1", "bytes=", "bytes=-", "bytes=a-b", "lines=0-1", "0-1", "bytes=1-2-3"])(
    "%s is answered with the whole blob",
    async (range) => {
      const digest = await storeTenBytes();
      const response = await pull(`/v2/git/blobs/${digest}`, { headers: { Range: range } });
      expect(response.status).toBe(200);
      expect(response.headers.has("Content-Range")).toBe(false);
      expect(await readText(response)).toBe("0123456789");
    },
  );

  test("is ignored for HEAD", async () => {
    const digest = await storeTenBytes();
    const response = await pull(`/v2/git/blobs/${digest}`, { method: "HEAD", headers: { Range: "bytes=0-1" } });
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Length")).toBe("10");
  });

  test("is ignored if If-Range names another blob", async () => {
    const digest = await storeTenBytes();
    const ask = (condition: string) =>
      pull(`/v2/git/blobs/${digest}`, { headers: { Range: "bytes=0-1", "If-Range": condition } });
    expect(await readText(await ask(`"${digest}"`))).toBe("01");
    expect(await readText(await ask('"other"'))).toBe("0123456789");
  });
});

test.each(["GET", "HEAD"])("%s of a blob that the client has is 304", async (method) => {
  const digest = await storeTenBytes();
  const headers = { "If-None-Match": `"${digest}"`, Range: "bytes=0-1" };
  const response = await pull(`/v2/git/blobs/${digest}`, { method, headers });
  expect(response.status).toBe(304);
  expect(response.headers.get("ETag")).toBe(`"${digest}"`);
  expect(await readText(response)).toBe("");
});

test("If-None-Match of an unknown blob is 404", async () => {
  const digest = `sha256:${"ab".repeat(32)}`;
  const response = await pull(`/v2/git/blobs/${digest}`, { headers: { "If-None-Match": `"${digest}"` } });
  expect(response.status).toBe(404);
  await response.arrayBuffer();
});

describe("a large blob", () => {
  const SIZE = 32 * MIB;

  test("arrives whole", async () => {
    const bytes = new Uint8Array(SIZE);
    for (let offset = 0; offset < SIZE; offset += 65_536)
      crypto.getRandomValues(bytes.subarray(offset, offset + 65_536));
    const digest = await storeBlob(bytes);
    const response = await pull(`/v2/git/blobs/${digest}`);
    expect(response.headers.get("Content-Length")).toBe(String(SIZE));
    const hash = new crypto.DigestStream("SHA-256");
    await response.body?.pipeTo(hash);
    expect(sha256Digest(toHex(new Uint8Array(await hash.digest)))).toBe(digest);
    const tail = await pull(`/v2/git/blobs/${digest}`, { headers: { Range: `bytes=${SIZE - 5}-` } });
    expect(new Uint8Array(await tail.arrayBuffer())).toEqual(bytes.subarray(SIZE - 5));
  });

  test("is passed on as it comes, and never held in memory", async () => {
    const digest = await storeTenBytes();
    let produced = 0;
    const body = new ReadableStream({
      type: "bytes",
      pull(controller) {
        controller.enqueue(new Uint8Array(MIB));
        produced += MIB;
        if (produced === SIZE) controller.close();
      },
    });
    const response = await callWorker({ R2: bucketOf(digest, body, SIZE) }, `/v2/git/blobs/${digest}`).response;
    expect(response.status).toBe(200);
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(first?.value).toBeInstanceOf(Uint8Array);
    expect(produced).toBeGreaterThan(0);
    expect(produced).toBeLessThanOrEqual(4 * MIB);
    await reader?.cancel();
  });
});

/** The real bucket, with another body and size for one blob. */
function bucketOf(digest: Digest, body: ReadableStream<Uint8Array>, size: number): R2Bucket {
  return new Proxy(env.R2, {
    get: () => async (key: string) => {
      expect(key).toBe(blobKey(digest));
      const object = await env.R2.get(key);
      return object && new Proxy(object, { get: (_, property) => (property === "body" ? body : size) });
    },
  });
}

test("reading stores nothing", async () => {
  const digest = await storeTenBytes();
  for (const range of ["bytes=0-1", "bytes=50-", "bytes=x"]) {
    const response = await pull(`/v2/git/blobs/${digest}`, { headers: { Range: range } });
    await response.arrayBuffer();
  }
  expect(await storedKeys()).toEqual([blobKey(digest)]);
});
