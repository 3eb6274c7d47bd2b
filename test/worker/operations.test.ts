import { newTrace } from "../../protocol/trace-context.ts";
import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  BUILD_OBJECT,
  CHECK_OBJECT,
  EDGE_IMAGE,
  HAND_OVER,
  LAYERS,
  LOOK_UP_OBJECT,
  PULLS,
  REQUESTS_PER_PULL,
} from "../../bench/cost/operations.ts";
import type { StoreOperations } from "../../origin/stores/store-prices.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import type { Digest } from "../../protocol/digest.ts";
import { assembleAtEdge } from "../../worker/assembly/assemble-at-edge.ts";
import { askOrigins } from "../../worker/builds/ask-origins.ts";
import { parseConfig } from "../../worker/settings.ts";
import { startIsolate } from "./client.ts";
import { type CountedStores, countStores } from "./counting.ts";
import { makeImage, storeBlob, storeImage, storeInR2 } from "./images.ts";
import { storeKnownPackage, storeRef } from "./known-packages.ts";
import { imageRequest, scriptOrigin, succeed, uploads } from "./origin.ts";

/** Real stores that count operations. The tests compare the counts with the numbers of docs/cost.md. */
const stores = countStores();
let blobs: readonly Digest[];

beforeEach(async () => {
  blobs = await Promise.all(Array.from({ length: 1 + LAYERS }, (_, index) => storeBlob(new Uint8Array([index]))));
  stores.take();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** The paths whose answers a shared cache has kept. */
type SharedCache = Set<string>;

/** Pulls as Docker does, through one isolate. Returns how many requests it took. A cache may stand before the isolate. */
async function pullImage(
  isolate: ReturnType<typeof startIsolate>,
  name: string,
  cache: SharedCache = new Set(),
): Promise<number> {
  const tag = await isolate.settle(`/v2/${name}/manifests/latest`, { method: "HEAD" });
  const digest = tag.headers.get("Docker-Content-Digest");
  const paths = [`manifests/${digest}`, ...blobs.map((blob) => `blobs/${blob}`)];
  for (const path of paths.filter((content) => !cache.has(content))) {
    const answer = await isolate.settle(`/v2/${name}/${path}`);
    expect(answer.status).toBe(200);
    if (answer.headers.get("Cache-Control")?.startsWith("public, ") && !answer.headers.has("Vary")) cache.add(path);
  }
  return 1 + paths.length;
}

function take(counted: CountedStores): StoreOperations {
  const counts = counted.take();
  const { "kv.get": get = 0, "kv.getWithMetadata": getWithMetadata = 0, "kv.put": kvWrites = 0 } = counts;
  const { "r2.get": r2Get = 0, "r2.head": head = 0, "r2.put": r2Writes = 0 } = counts;
  const operations = { kvReads: get + getWithMetadata, kvWrites, r2Reads: r2Get + head, r2Writes };
  const known = Object.values(operations).reduce((sum, count) => sum + count, 0);
  // An unexpected operation must also be counted.
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(known);
  return operations;
}

test("a warm pull, from tier to tier", async () => {
  await storeImage("warm-cost");
  const colo = { ...stores, CACHE_HOST: "cost.internal" };
  const first = startIsolate(colo);
  expect(await pullImage(first, "warm-cost")).toBe(REQUESTS_PER_PULL);
  expect(take(stores)).toEqual(PULLS.elsewhere);
  await pullImage(startIsolate(colo), "warm-cost");
  expect(take(stores)).toEqual(PULLS.colo);
  // The first isolate has read the tag within five seconds, or reads it now.
  vi.spyOn(Date, "now").mockReturnValue(Date.now());
  await pullImage(first, "warm-cost");
  stores.take();
  await pullImage(first, "warm-cost");
  expect(take(stores)).toEqual(PULLS.isolate);
});

test("a pull in another data centre, behind a cache that both share", async () => {
  await storeImage("shared-cost");
  const cache: SharedCache = new Set();
  await pullImage(startIsolate(stores), "shared-cost", cache);
  expect(take(stores)).toEqual(PULLS.elsewhere);
  await pullImage(startIsolate(stores), "shared-cost", cache);
  expect(take(stores)).toEqual(PULLS.behindCache);
});

test("a cold pull", async () => {
  const image = await makeImage("cold-cost");
  await storeInR2(image);
  await scriptOrigin("cold-cost", succeed(image));
  // The origin writes the tag. After the HEAD that builds the image, all requests are by digest.
  await pullImage(startIsolate(stores), "cold-cost");
  expect(take(stores)).toEqual(PULLS.nowhere);
});

test.each([
  ["of new layers", false, BUILD_OBJECT],
  ["of known layers", true, CHECK_OBJECT],
])("the outcome of a build %s, and of a look-up within the hour", async (name, known, build) => {
  const [config, ...layers] = blobs.map((digest) => ({ digest, size: 1 }));
  const image = await makeImage(name, { config, layers });
  await storeInR2(image);
  await scriptOrigin("outcome-cost", succeed(image, ...uploads(layers, known)));
  const counted = countStores();
  const { env: bindings } = startIsolate(counted);
  const order = { image: imageRequest("outcome-cost"), trace: newTrace() };
  for (const operations of [build, LOOK_UP_OBJECT]) {
    const { outcome } = await askOrigins(parseConfig(bindings), order, () => undefined);
    expect(outcome).toMatchObject({ event: "image" });
    expect(take(counted)).toEqual(operations);
  }
});

test("a new combination of known packages, at the edge", async () => {
  const request = imageRequest("edge-cost");
  await storeKnownPackage(request, LAYERS);
  const image = await assembleAtEdge(parseConfig(startIsolate(stores).env), request, "always");
  if (!("record" in image)) throw new Error(image.needsOrigin);
  const manifest = parseJsonObject(new TextDecoder().decode(image.manifests.oci.bytes));
  expect(manifest?.["layers"]).toHaveLength(LAYERS);
  await image.publish();
  expect(take(stores)).toEqual(EDGE_IMAGE);
});

test.each([
  ["a build of names that the edge does not know", "always", HAND_OVER.build],
  ["a look-up of a tag", "fresh", HAND_OVER.lookUp],
] as const)("the edge hands over %s", async (_, use, operations) => {
  const request = imageRequest("unknown-cost");
  await storeRef(request);
  const outcome = await assembleAtEdge(parseConfig(startIsolate(stores).env), request, use);
  expect(outcome).toHaveProperty("needsOrigin");
  expect(take(stores)).toEqual(operations);
});

test("a warm manifest costs one KV read at most, a warm blob one R2 read at most", async () => {
  const { oci } = await storeImage("at-most");
  const isolate = startIsolate(stores);
  await isolate.settle(`/v2/at-most/manifests/${oci.digest}`);
  expect(take(stores)).toMatchObject({ kvReads: 1, r2Reads: 0 });
  await isolate.settle("/v2/at-most/manifests/latest");
  expect(take(stores)).toMatchObject({ kvReads: 1, r2Reads: 0 });
  const [blob] = blobs;
  await isolate.settle(`/v2/at-most/blobs/${blob}`);
  expect(take(stores)).toMatchObject({ kvReads: 0, r2Reads: 1 });
  expect(await env.R2.list({ prefix: "blobs/" })).toHaveProperty("objects.length", blobs.length);
});
