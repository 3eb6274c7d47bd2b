import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { callWorker, pull, readError, readText, startIsolate } from "./client.ts";
import { countStores } from "./counting.ts";
import { makeImage, storeBlob, storeImage, storeInR2, storeTag, storeTagInR2, tagRecord } from "./images.ts";
import { originCalls, scriptOrigin, succeed } from "./origin.ts";
import { failingKv, failingR2, silentKv } from "./outages.ts";
import { spyOnLog } from "./failure-log.ts";

const TEN_BYTES = new TextEncoder().encode("0123456789");

let log: ReturnType<typeof spyOnLog>;

beforeEach(() => {
  log = spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** Stores an image in R2 only. */
async function storeWithoutKv(name: string) {
  const image = await makeImage(name);
  await storeInR2(image);
  await storeTagInR2(name, tagRecord(image));
  return image;
}

describe("while KV fails", () => {
  test("R2 answers for a tag and its manifest, without the origin", async () => {
    const { oci } = await storeWithoutKv("kv-fails");
    const response = await callWorker({ KV: failingKv() }, "/v2/kv-fails/manifests/latest").response;
    expect([response.status, response.headers.get("Cornice-Cache")]).toEqual([200, "r2"]);
    expect(response.headers.get("Docker-Content-Digest")).toBe(oci.digest);
    expect(await response.text()).toBe(new TextDecoder().decode(oci.bytes));
    expect(await originCalls("kv-fails")).toEqual([]);
    expect(log.mock.calls.join()).toContain("KV is down");
  });

  test("KV is not asked for a while, then asked again", async () => {
    const { oci } = await storeImage("kv-spared");
    await storeTagInR2("kv-spared", tagRecord(await makeImage("kv-spared")));
    const stores = countStores();
    let isDown = true;
    const KV = new Proxy(stores.KV, {
      get: (kv, property): unknown =>
        isDown ? () => Promise.reject(new Error("KV is down")) : Reflect.get(kv, property),
    });
    const isolate = startIsolate({ KV });
    await isolate.settle("/v2/kv-spared/manifests/latest");
    isDown = false;
    const later = Date.now() + 9000;
    const now = vi.spyOn(Date, "now").mockReturnValue(later);
    expect((await isolate.settle("/v2/kv-spared/manifests/latest")).headers.get("Cornice-Cache")).toBe("r2");
    expect(stores.take()).toEqual({});
    now.mockReturnValue(later + 6000);
    const response = await isolate.settle("/v2/kv-spared/manifests/latest");
    expect(response.headers.get("Cornice-Cache")).toBe("kv");
    expect(response.headers.get("Docker-Content-Digest")).toBe(oci.digest);
  });
});

test("when KV is silent, R2 answers after two seconds; tag and manifest wait only once", async () => {
  const { oci } = await storeWithoutKv("kv-slow");
  const started = Date.now();
  const response = await callWorker({ KV: silentKv() }, "/v2/kv-slow/manifests/latest").response;
  expect(response.headers.get("Docker-Content-Digest")).toBe(oci.digest);
  await response.arrayBuffer();
  expect(Date.now() - started).toBeGreaterThanOrEqual(1990);
  expect(log).toHaveBeenCalledOnce();
  expect(log.mock.calls.join()).toContain("no answer within 2000 ms");
});

describe("while R2 fails", () => {
  const MESSAGE = "the registry's storage does not answer; pull again in a moment";
  const digest = `sha256:${"0".repeat(64)}`;

  test.each<[string, RequestInit]>([
    [`manifests/${digest}`, {}],
    [`blobs/${digest}`, {}],
    [`blobs/${digest}`, { headers: { Range: "bytes=0-1" } }],
    [`blobs/${digest}`, { headers: { "If-None-Match": "*" } }],
  ])("%s %o is 503, with a word that is fit for clients", async (path, init) => {
    const response = await callWorker({ R2: failingR2() }, `/v2/git/${path}`, init).response;
    expect([response.status, response.headers.get("Retry-After")]).toEqual([503, "10"]);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await readError(response)).toEqual({ code: "UNAVAILABLE", message: MESSAGE });
    expect(log.mock.calls.join()).toContain("R2 is down: /internal/path");
  });

  test("a tag with a manifest in no other tier is 503, and not built", async () => {
    await storeTag("r2-fails", tagRecord(await makeImage("r2-fails")));
    const response = await callWorker({ R2: failingR2() }, "/v2/r2-fails/manifests/latest").response;
    expect(response.status).toBe(503);
    expect((await readError(response)).message).toBe(MESSAGE);
    expect(await originCalls("r2-fails")).toEqual([]);
  });

  test("KV answers for tags and manifests", async () => {
    const { oci } = await storeImage("kv-alone");
    for (const reference of ["latest", oci.digest]) {
      const response = await callWorker({ R2: failingR2() }, `/v2/kv-alone/manifests/${reference}`).response;
      expect([response.status, response.headers.get("Cornice-Cache")]).toEqual([200, "kv"]);
      await response.arrayBuffer();
    }
    expect(log).not.toHaveBeenCalled();
  });

  test("the colo cache answers for the blobs that it has", async () => {
    const blob = await storeBlob(new Uint8Array(TEN_BYTES));
    const colo = { CACHE_HOST: "colo-alone.internal" };
    await startIsolate(colo).settle(`/v2/git/blobs/${blob}`);
    const isolate = startIsolate({ ...colo, R2: failingR2() });
    expect(await readText(await isolate.settle(`/v2/git/blobs/${blob}`))).toBe("0123456789");
    const part = await isolate.settle(`/v2/git/blobs/${blob}`, { headers: { Range: "bytes=2-3" } });
    expect([part.status, await readText(part)]).toEqual([206, "23"]);
    expect((await isolate.settle(`/v2/git/blobs/${blob}`, { method: "HEAD" })).status).toBe(200);
    expect(log).not.toHaveBeenCalled();
  });
});

test("while KV and R2 fail, memory and the colo cache answer for manifests", async () => {
  const { oci } = await storeImage("both-fail");
  const colo = { CACHE_HOST: "both-fail.internal" };
  await startIsolate(colo).settle(`/v2/both-fail/manifests/${oci.digest}`);
  const isolate = startIsolate({ ...colo, KV: failingKv(), R2: failingR2() });
  for (const tier of ["colo", "memory"]) {
    const response = await isolate.settle(`/v2/both-fail/manifests/${oci.digest}`);
    expect([response.status, response.headers.get("Cornice-Cache")]).toEqual([200, tier]);
  }
});

describe("while the colo cache fails", () => {
  test("the stores behind it answer", async () => {
    vi.spyOn(caches.default, "match").mockRejectedValue(new Error("the cache is down"));
    vi.spyOn(caches.default, "put").mockRejectedValue(new Error("the cache is down"));
    const { oci } = await storeImage("no-colo");
    const blob = await storeBlob(new Uint8Array(TEN_BYTES));
    const isolate = startIsolate();
    expect((await isolate.settle(`/v2/no-colo/manifests/${oci.digest}`)).headers.get("Cornice-Cache")).toBe("kv");
    for (const init of [{}, { headers: { Range: "bytes=0-9" } }]) {
      expect(await readText(await isolate.settle(`/v2/no-colo/blobs/${blob}`, init))).toBe("0123456789");
    }
  });

  test("a cache that takes nothing delays no client", async () => {
    vi.spyOn(caches.default, "put").mockReturnValue(new Promise(() => undefined));
    const blob = await storeBlob(new Uint8Array(8 << 20));
    const response = await pull(`/v2/git/blobs/${blob}`);
    expect(await response.arrayBuffer()).toHaveProperty("byteLength", 8 << 20);
  });
});

test("while KV and R2 cannot answer for a tag, the origin does", async () => {
  const image = await makeImage("origin-knows");
  await storeInR2(image);
  await scriptOrigin("origin-knows", succeed(image));
  const response = await callWorker({ KV: failingKv() }, "/v2/origin-knows/manifests/latest").response;
  expect(response.headers.get("Docker-Content-Digest")).toBe(image.oci.digest);
  await response.arrayBuffer();
  expect(await originCalls("origin-knows")).toHaveLength(1);
});
