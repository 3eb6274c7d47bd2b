import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { digestOf } from "../../../protocol/digest.ts";
import { manifestCacheKey, manifestKey } from "../../../protocol/storage-keys.ts";
import { containing } from "../../matchers.ts";
import { callWorker, pull, readError, startIsolate } from "../client.ts";
import { makeImage, storeInKv, storeInR2, type TestManifest } from "../images.ts";
import { failingKv } from "../outages.ts";

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

function manifestHeaders({ digest, mediaType, bytes }: TestManifest, tier: string): Record<string, unknown> {
  return {
    "accept-ranges": "bytes",
    "cache-control": "public, max-age=31536000, immutable, no-transform",
    "content-length": String(bytes.length),
    "content-type": mediaType,
    "cornice-cache": tier,
    "docker-content-digest": digest,
    "docker-distribution-api-version": "registry/2.0",
    "x-content-type-options": "nosniff",
    etag: `"${digest}"`,
    "server-timing": containing(`${tier};dur=`),
  };
}

const stores = [
  ["KV", storeInKv],
  ["R2", storeInR2],
] as const;
const formats = ["oci", "docker"] as const;
const cases = stores.flatMap(([store, put]) => formats.map((format) => ({ store, put, format })));

describe.each(cases)("an $format manifest by digest, in $store alone", ({ store, put, format }) => {
  test("GET", async () => {
    const image = await makeImage("git");
    await put(image);
    const response = await startIsolate().settle(`/v2/git/manifests/${image[format].digest}`);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toEqual(manifestHeaders(image[format], store.toLowerCase()));
    expect(await digestOf(new Uint8Array(await response.arrayBuffer()))).toBe(image[format].digest);
  });

  test("HEAD", async () => {
    const image = await makeImage("git");
    await put(image);
    const response = await startIsolate().settle(`/v2/git/manifests/${image[format].digest}`, { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toEqual(manifestHeaders(image[format], store.toLowerCase()));
    expect(await response.text()).toBe("");
  });
});

test("the colon of a digest may be percent-encoded", async () => {
  const image = await makeImage("git");
  await storeInKv(image);
  for (const colon of ["%3A", "%3a"]) {
    const response = await pull(`/v2/git/manifests/${image.oci.digest.replace(":", colon)}`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("git");
  }
});

test.each(["GET", "HEAD"])("an unknown digest is 404 for %s, for every client", async (method) => {
  const path = `/v2/git/manifests/sha256:${"ab".repeat(32)}`;
  for (const agent of ["skopeo/1.18.0", "containerd/2.1.4", "buildkit/v0.24"]) {
    const response = await pull(path, { method, headers: { "User-Agent": agent } });
    expect(response.status).toBe(404);
    const error = method === "GET" ? await readError(response) : undefined;
    expect(error?.code).toBe(method === "GET" ? "MANIFEST_UNKNOWN" : undefined);
  }
});

test("a manifest that KV holds without its type is read from R2", async () => {
  const log = vi.spyOn(console, "error").mockReturnValue(undefined);
  const { oci, docker } = await makeImage("git");
  await storeInR2({ oci, docker });
  await env.KV.put(manifestCacheKey(oci.digest), oci.bytes);
  const response = await pull(`/v2/git/manifests/${oci.digest}`);
  expect(response.headers.get("Content-Type")).toBe(oci.mediaType);
  expect(await response.text()).toContain("git");
  expect(log).toHaveBeenCalledOnce();
});

test.each([undefined, "application/json"])("a manifest that is stored with the type %s is unknown", async (type) => {
  vi.spyOn(console, "error").mockReturnValue(undefined);
  const { oci } = await makeImage("git");
  await env.R2.put(manifestKey(oci.digest), oci.bytes, type ? { httpMetadata: { contentType: type } } : {});
  const response = await pull(`/v2/git/manifests/${oci.digest}`);
  expect(response.status).toBe(404);
  await response.arrayBuffer();
});

test("a manifest that is stored with wrong bytes is unknown, and never cached", async () => {
  const log = vi.spyOn(console, "error").mockReturnValue(undefined);
  const { oci, docker } = await makeImage("git");
  await env.R2.put(manifestKey(oci.digest), docker.bytes, { httpMetadata: { contentType: oci.mediaType } });
  await env.KV.put(manifestCacheKey(oci.digest), docker.bytes, { metadata: { mediaType: oci.mediaType } });
  const isolate = startIsolate();
  for (let count = 0; count < 2; count++) {
    const response = await isolate.settle(`/v2/git/manifests/${oci.digest}`);
    expect(response.status).toBe(404);
  }
  expect(log.mock.calls.join()).toContain(docker.digest);
  // The right bytes in another tier are still found.
  await storeInR2({ oci, docker });
  const response = await isolate.settle(`/v2/git/manifests/${oci.digest}`);
  expect(response.headers.get("Cornice-Cache")).toBe("r2");
});

test("while KV is down, R2 serves", async () => {
  const log = vi.spyOn(console, "error").mockReturnValue(undefined);
  const image = await makeImage("git");
  await storeInR2(image);
  const response = await callWorker({ KV: failingKv() }, `/v2/git/manifests/${image.oci.digest}`).response;
  expect(response.status).toBe(200);
  expect(await response.text()).toContain("git");
  expect(log.mock.calls.join()).toContain("KV is down");
});

describe("If-None-Match", () => {
  const zero = `sha256:${"0".repeat(64)}`;

  test.each([
    ["the digest", (digest: string) => `"${digest}"`, 304],
    ["the digest as a weak tag", (digest: string) => `W/"${digest}"`, 304],
    ["the digest among others", (digest: string) => `"${zero}", "${digest}"`, 304],
    ["anything", () => "*", 304],
    ["another digest", () => `"${zero}"`, 200],
    ["the digest without quotes", (digest: string) => digest, 200],
  ])("of %s", async (_, condition, status) => {
    const { oci, docker } = await makeImage("git");
    await storeInKv({ oci, docker });
    for (const method of ["GET", "HEAD"]) {
      const headers = { "If-None-Match": condition(oci.digest) };
      const response = await pull(`/v2/git/manifests/${oci.digest}`, { method, headers });
      expect(response.status).toBe(status);
      expect(response.headers.get("ETag")).toBe(`"${oci.digest}"`);
      expect(response.headers.get("Docker-Content-Digest")).toBe(oci.digest);
      expect(await response.text()).toBe(status === 200 && method === "GET" ? new TextDecoder().decode(oci.bytes) : "");
    }
  });
});
