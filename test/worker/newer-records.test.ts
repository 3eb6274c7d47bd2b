import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseJson, parseJsonObject } from "../../protocol/json-object.ts";
import { contentsKey, packageIndexKey, storedTagKey, tagKey } from "../../protocol/storage-keys.ts";
import { parseTagRecord } from "../../protocol/tag-record.ts";
import { bundle, CONTENTS, packed } from "../structure/stored-records.ts";
import { knowPackages } from "./assembly/known-packages.ts";
import { pull, startIsolate } from "./client.ts";
import { spyOnLog } from "./failure-log.ts";
import { makeImage, storeImage, storeInR2, storeTagInR2, tagRecord } from "./images.ts";
import { imageRequest, originCalls, scriptOrigin, succeed } from "./origin.ts";
import { anything } from "../matchers.ts";

/** No other file has these packages: the isolate remembers bundles for ten seconds. */
const IMAGE = imageRequest("mosh/zellij");
const NEWER = 99;

beforeEach(() => {
  spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** Puts a newer release's object in the place of each one whose key begins like this. */
async function replaceAll(prefix: string, newer: string | Uint8Array): Promise<void> {
  const { objects } = await env.R2.list({ prefix });
  expect(objects.length).toBeGreaterThan(0);
  for (const { key } of objects) await env.R2.put(key, newer);
}

function newerText(record: object): string {
  return JSON.stringify({ ...record, version: NEWER });
}

async function expectBuilt(): Promise<void> {
  const image = await makeImage("built");
  await storeInR2(image);
  const before = (await originCalls("mosh/zellij")).length;
  await scriptOrigin("mosh/zellij", succeed(image));
  const response = await pull("/v2/mosh/zellij/manifests/latest");
  expect([response.status, response.headers.get("Docker-Content-Digest")]).toEqual([200, image.oci.digest]);
  expect(await originCalls("mosh/zellij")).toHaveLength(before + 1);
}

describe("the Worker asks an origin, as if there were nothing, if a newer release wrote", () => {
  test("the tag, in both stores", async () => {
    const old = await storeImage("mosh/zellij");
    await env.KV.put(await tagKey(IMAGE), newerText(tagRecord(old)));
    await env.R2.put(await storedTagKey(IMAGE), newerText(tagRecord(old)));
    await expectBuilt();
  });

  test.each([
    ["the ref", "refs/", async () => `{"version":${NEWER}}`],
    ["the index of names", "index/", () => packed({ version: NEWER })],
    ["the bundles", "bundles/", () => bundle(NEWER)],
  ])("%s", async (_, prefix, newer) => {
    await knowPackages(["mosh", "zellij"]);
    await replaceAll(prefix, await newer());
    await expectBuilt();
  });
});

test("a newer tag in KV leaves the tag of R2, and nobody is asked", async () => {
  const image = await storeImage("mosh/zellij");
  await storeTagInR2("mosh/zellij", tagRecord(image));
  await env.KV.put(await tagKey(IMAGE), newerText(tagRecord(image)));
  const before = (await originCalls("mosh/zellij")).length;
  expect((await pull("/v2/mosh/zellij/manifests/latest")).headers.get("Docker-Content-Digest")).toBe(image.oci.digest);
  expect(await originCalls("mosh/zellij")).toHaveLength(before);
});

test("the edge writes the tag in a version that newer releases read, too", async () => {
  await knowPackages(["mosh", "zellij"]);
  await env.R2.put(await storedTagKey(IMAGE), newerText({}));
  const isolate = startIsolate();
  expect((await isolate.settle("/v2/mosh/zellij/manifests/latest")).status).toBe(200);
  await vi.waitFor(async () => {
    const stored = parseJsonObject((await (await env.R2.get(await storedTagKey(IMAGE)))?.text()) ?? "");
    expect([stored?.["version"], parseTagRecord(stored)]).toEqual([1, anything()]);
  });
});

describe("the page", () => {
  test("shows an image without what a newer release says of its layers", async () => {
    const { oci } = await storeImage("mosh/zellij");
    await env.R2.put(contentsKey(oci.digest), newerText(CONTENTS));
    const info = await startIsolate().settle("/api/images/mosh/zellij");
    expect(info.status).toBe(200);
    expect(parseJson(await info.text())).toMatchObject({ built: { revision: "0123abc" } });
    expect(await (await startIsolate().settle("/api/images/mosh/zellij")).text()).not.toContain('"contents"');
  });

  test("has no list of packages, if a newer release wrote it", async () => {
    const key = await packageIndexKey(env.PACKAGE_SOURCE);
    await env.R2.put(key, "anything", { customMetadata: { version: String(NEWER) } });
    expect((await startIsolate().settle("/api/packages")).status).toBe(404);
    await env.R2.put(key, await packed({ packages: [] }), { customMetadata: { version: "1" } });
    const headers = { "Accept-Encoding": "gzip" };
    expect((await startIsolate().settle("/api/packages", { headers })).status).toBe(200);
  });
});
