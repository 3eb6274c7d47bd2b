import { reset } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { manifestCacheKey } from "../../../protocol/storage-keys.ts";
import { HOST, startIsolate } from "../client.ts";
import { makeImage, storeImage, storeInKv, storeInR2, storeTag, storeTagInR2, tagRecord } from "../images.ts";
import { originCalls, scriptOrigin, succeed } from "../origin.ts";

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** The tier that answered, and all asked tiers, in order. */
function tiersOf({ headers }: Response): [string | null, string | undefined] {
  return [headers.get("Cornice-Cache"), headers.get("Server-Timing")?.replaceAll(/;dur=\d+/g, "")];
}

describe("a manifest by digest", () => {
  test("comes from KV, then from the isolate's memory", async () => {
    const image = await makeImage("memory");
    await storeInKv(image);
    const isolate = startIsolate();
    const path = `/v2/memory/manifests/${image.oci.digest}`;
    expect(tiersOf(await isolate.settle(path))).toEqual(["kv", "memory, colo, kv"]);
    for (const method of ["GET", "HEAD"]) {
      const response = await isolate.settle(path, { method });
      expect(tiersOf(response)).toEqual(["memory", "memory"]);
      expect(await response.text()).toBe(method === "GET" ? new TextDecoder().decode(image.oci.bytes) : "");
    }
  });

  test("comes from the colo cache for the next isolate, then from its memory", async () => {
    const image = await makeImage("colo");
    await storeInKv(image);
    const colo = { CACHE_HOST: "one-colo.internal" };
    const path = `/v2/colo/manifests/${image.docker.digest}`;
    await startIsolate(colo).settle(path);
    const second = startIsolate(colo);
    const response = await second.settle(path);
    expect(tiersOf(response)).toEqual(["colo", "memory, colo"]);
    expect(response.headers.get("Content-Type")).toBe(image.docker.mediaType);
    expect(response.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable, no-transform");
    expect(await response.text()).toBe(new TextDecoder().decode(image.docker.bytes));
    expect(tiersOf(await second.settle(path))).toEqual(["memory", "memory"]);
  });

  test("comes from R2 if KV does not have it, and KV has it after that", async () => {
    const image = await makeImage("stored");
    await storeInR2(image);
    const path = `/v2/stored/manifests/${image.oci.digest}`;
    expect(tiersOf(await startIsolate().settle(path))).toEqual(["r2", "memory, colo, kv, r2"]);
    expect(tiersOf(await startIsolate().settle(path))).toEqual(["kv", "memory, colo, kv"]);
    expect(await env.KV.getWithMetadata(manifestCacheKey(image.oci.digest), "text")).toMatchObject({
      value: new TextDecoder().decode(image.oci.bytes),
      metadata: { mediaType: image.oci.mediaType },
    });
  });

  test("is 304 from every tier", async () => {
    const image = await makeImage("known");
    await storeInKv(image);
    const isolate = startIsolate();
    const headers = { "If-None-Match": `"${image.oci.digest}"` };
    for (const tier of ["kv", "memory"]) {
      const response = await isolate.settle(`/v2/known/manifests/${image.oci.digest}`, { headers });
      expect([response.status, response.headers.get("Cornice-Cache")]).toEqual([304, tier]);
    }
  });
});

describe("a tag", () => {
  test("comes from memory for a few seconds, then from KV; its manifest still comes from memory", async () => {
    await storeImage("tagged");
    const isolate = startIsolate();
    const path = "/v2/tagged/manifests/latest";
    expect(tiersOf(await isolate.settle(path))).toEqual(["kv", "tag-memory, tag-kv, memory, colo, kv"]);
    expect(tiersOf(await isolate.settle(path))).toEqual(["memory", "tag-memory, memory"]);
    const now = Date.now();
    vi.spyOn(Date, "now").mockReturnValue(now + 6000);
    expect(tiersOf(await isolate.settle(path))).toEqual(["kv", "tag-memory, tag-kv, memory"]);
  });

  test("comes from R2 while KV does not show it", async () => {
    const image = await makeImage("r2-tag");
    await storeInR2(image);
    await storeTagInR2("r2-tag", tagRecord(image));
    const response = await startIsolate().settle("/v2/r2-tag/manifests/latest");
    expect(tiersOf(response)).toEqual(["r2", "tag-memory, tag-kv, tag-r2, memory, colo, kv, r2"]);
    expect(response.headers.get("Docker-Content-Digest")).toBe(image.oci.digest);
    expect(await originCalls("r2-tag")).toEqual([]);
  });

  test("has the tier build after a build, and then its manifest is near", async () => {
    const image = await makeImage("built-tier");
    await storeInR2(image);
    await scriptOrigin("built-tier", succeed(image));
    const isolate = startIsolate();
    const response = await isolate.settle("/v2/built-tier/manifests/latest");
    expect(tiersOf(response)).toEqual(["build", "tag-memory, tag-kv, tag-r2, build"]);
    const second = await isolate.settle(`/v2/built-tier/manifests/${image.oci.digest}`);
    expect(tiersOf(second)).toEqual(["memory", "memory"]);
  });

  test("has moved when KV shows it", async () => {
    const [old, fresh] = [await storeImage("moved"), await makeImage("moved on")];
    const isolate = startIsolate();
    await isolate.settle("/v2/moved/manifests/latest");
    await storeInR2(fresh);
    await storeTag("moved", tagRecord(fresh));
    const digestNow = async () => {
      const response = await isolate.settle("/v2/moved/manifests/latest");
      return response.headers.get("Docker-Content-Digest");
    };
    expect(await digestNow()).toBe(old.oci.digest);
    const now = Date.now();
    vi.spyOn(Date, "now").mockReturnValue(now + 6000);
    expect(await digestNow()).toBe(fresh.oci.digest);
  });
});

test("no client waits until tiers are filled", async () => {
  const image = await makeImage("unhurried");
  await storeInR2(image);
  const KV = new Proxy(env.KV, {
    get: (kv, property) => (property === "put" ? () => new Promise(() => undefined) : kv.getWithMetadata.bind(kv)),
  });
  const response = await startIsolate({ KV }).call(`/v2/unhurried/manifests/${image.oci.digest}`).response;
  expect(await response.arrayBuffer()).toHaveProperty("byteLength", image.oci.bytes.length);
});

test("the Worker's entry point remembers from request to request", async () => {
  const image = await makeImage("entrance");
  await storeInKv(image);
  const tiers = [];
  for (let count = 0; count < 2; count++) {
    const response = await exports.default.fetch(`${HOST}/v2/entrance/manifests/${image.oci.digest}`);
    await response.arrayBuffer();
    tiers.push(response.headers.get("Cornice-Cache"));
  }
  expect(tiers).toEqual(["kv", "memory"]);
});
