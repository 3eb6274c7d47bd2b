import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { HOST, readError, startIsolate } from "./client.ts";
import { countStores } from "./counting.ts";
import { makeImage, storeBlob, storeImage, storeInKv } from "./images.ts";

const stores = countStores();

beforeEach(() => {
  stores.take();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

function spyOnPut() {
  return vi.spyOn(caches.default, "put");
}

/** The keys under which the cache was filled, as the Worker passed them. */
function putKeys(put: ReturnType<typeof spyOnPut>): unknown[] {
  return put.mock.calls.map(([key]) => key);
}

describe("content has one key for all spellings of its address", () => {
  test("a manifest", async () => {
    const image = await makeImage("one-key");
    await storeInKv(image);
    const put = spyOnPut();
    const isolate = startIsolate(stores);
    const { digest } = image.oci;
    const paths = [
      `/v2/one-key/manifests/${digest}`,
      `/v2/one-key/manifests/${digest.replace(":", "%3A")}`,
      `/v2/one-key/manifests/${digest.replace(":", "%3a")}?ns=docker.io&hop=1`,
      `/v2/another/name/manifests/${digest}`,
      `https://other.test/v2/one-key/manifests/${digest}#fragment`,
    ];
    for (const path of paths) expect((await isolate.settle(path)).status).toBe(200);
    expect(putKeys(put)).toEqual([`https://${isolate.env.CACHE_HOST}/manifests/sha256/${digest.slice(7)}`]);
    expect(stores.take()).toEqual({ "kv.getWithMetadata": 1 });
  });

  test("a blob", async () => {
    const digest = await storeBlob(new Uint8Array([1, 2, 3]));
    const put = spyOnPut();
    const isolate = startIsolate(stores);
    for (const path of [`a/blobs/${digest}`, `b/blobs/${digest.replace(":", "%3A")}?x`, `c/d/blobs/${digest}?%2e%2e`]) {
      expect((await isolate.settle(`/v2/${path}`)).status).toBe(200);
    }
    expect(putKeys(put)).toEqual([`https://${isolate.env.CACHE_HOST}/blobs/sha256/${digest.slice(7)}`]);
    expect(stores.take()).toEqual({ "r2.get": 1 });
  });

  test("a tag", async () => {
    await storeImage("git/htop");
    const isolate = startIsolate(stores);
    for (const path of ["git/htop", "htop/git", "amd64/git/htop", "git/htop/git"]) {
      expect((await isolate.settle(`/v2/${path}/manifests/latest?${path}`)).status).toBe(200);
    }
    expect(stores.take()).toEqual({ "kv.get": 1, "kv.getWithMetadata": 1 });
  });
});

describe("different content has different keys", () => {
  test.each([
    ["another case of a tag", "/v2/git/manifests/Latest"],
    ["another architecture", "/v2/arm64/git/manifests/latest"],
    ["a package more", "/v2/git/htop/manifests/latest"],
  ])("%s", async (_, path) => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    await storeImage("git");
    const isolate = startIsolate({ ...stores, ORIGIN_URL: "http://127.0.0.1:1" });
    expect((await isolate.settle("/v2/git/manifests/latest")).status).toBe(200);
    expect((await isolate.settle(path)).status).toBe(503);
  });

  test.each(["/v2//git/blobs/", "/v2/Git/blobs/", "/v2/git%2F/blobs/", "/v2/git//blobs/"])("%s", async (path) => {
    const digest = await storeBlob(new Uint8Array([1, 2, 3]));
    const isolate = startIsolate();
    expect((await isolate.settle(`/v2/git/blobs/${digest}`)).status).toBe(200);
    const response = await isolate.settle(`${path}${digest}`);
    expect(response.status).toBe(404);
    expect((await readError(response)).code).toBe("NAME_UNKNOWN");
  });

  test("a manifest and a blob of one digest", async () => {
    const image = await makeImage("both");
    await storeInKv(image);
    const isolate = startIsolate();
    expect((await isolate.settle(`/v2/both/manifests/${image.oci.digest}`)).status).toBe(200);
    expect((await isolate.settle(`/v2/both/blobs/${image.oci.digest}`)).status).toBe(404);
  });
});

test("no text of a client is in a key or in a request to the cache", async () => {
  const digest = await storeBlob(new Uint8Array([1, 2, 3]));
  const [put, match] = [spyOnPut(), vi.spyOn(caches.default, "match")];
  const isolate = startIsolate();
  const headers = {
    Authorization: "Bearer secret",
    Cookie: "a=b",
    "Cache-Control": "no-cache",
    Range: "bytes=0-1,2-2",
  };
  for (let count = 0; count < 2; count++) {
    const response = await isolate.settle(`/v2/git/blobs/${digest}`, { headers });
    expect([response.status, response.headers.get("Content-Length")]).toEqual([200, "3"]);
  }
  const requests = match.mock.calls.map(([request]) => new Request(request));
  expect(requests.flatMap((request) => [...request.headers])).toEqual([]);
  expect([...putKeys(put), ...requests.map(({ url }) => url)].join()).not.toContain(HOST);
  expect(await caches.default.match(`${HOST}/v2/git/blobs/${digest}`)).toBeUndefined();
});

test("an answer without content is never cached", async () => {
  vi.spyOn(console, "error").mockReturnValue(undefined);
  const put = spyOnPut();
  const isolate = startIsolate({ ORIGIN_URL: "http://127.0.0.1:1" });
  const zero = `sha256:${"0".repeat(64)}`;
  for (const path of ["manifests/latest", `manifests/${zero}`, `blobs/${zero}`, "manifests/%2e", "blobs/x"]) {
    expect((await isolate.settle(`/v2/git/${path}`)).ok).toBe(false);
  }
  expect(put).not.toHaveBeenCalled();
});
