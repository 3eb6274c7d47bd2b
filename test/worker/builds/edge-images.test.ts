import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { blobKey, storedTagKey } from "../../../protocol/storage-keys.ts";
import { basic, restricted } from "../access/users.ts";
import { knowPackages, layerDigest, layerText, REF } from "../assembly/known-packages.ts";
import { pull, readError, readText, startIsolate } from "../client.ts";
import { spyOnLog } from "../failure-log.ts";
import { makeImage, storeInR2 } from "../images.ts";
import { pathOf } from "../../image/layers/grouping.ts";
import { imageRequest, originCalls, scriptOrigin, succeed } from "../origin.ts";

beforeEach(() => {
  spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** Follows the redirects of a client that waits, as all clients do. */
async function tier(name: string): Promise<readonly [number, string | null]> {
  const path = `/v2/${name}/manifests/latest`;
  let response = await pull(path);
  while (response.status === 307) response = await pull(response.headers.get("Location") ?? path);
  await response.arrayBuffer();
  return [response.status, response.headers.get("Cornice-Cache")];
}

describe("a pull of known packages", () => {
  test("is answered by the edge without a call to the origin, and tells the steps", async () => {
    await knowPackages(["edge-a", "edge-b"]);
    const response = await pull("/v2/edge-a/edge-b/manifests/latest");
    await response.arrayBuffer();
    expect([response.status, response.headers.get("Cornice-Cache")]).toEqual([200, "edge"]);
    expect(response.headers.get("Server-Timing")).toMatch(/edge-tag;dur=\d+, .*edge-write;dur=\d+$/);
    expect(await originCalls("edge-a/edge-b")).toEqual([]);
  });

  test("is answered with an old revision and a warning, and has the tag looked up behind the answer", async () => {
    await knowPackages(["edge-old"], { resolvedAt: REF.resolvedAt });
    const image = await makeImage("edge-old");
    await storeInR2(image);
    await scriptOrigin("edge-old", succeed(image));
    const isolate = startIsolate();
    const first = await isolate.settle("/v2/edge-old/manifests/latest");
    expect([first.status, first.headers.get("Cornice-Cache")]).toEqual([200, "edge"]);
    expect(first.headers.get("Warning")).toContain(`latest was last looked up at ${REF.resolvedAt}`);
    expect(await originCalls("edge-old")).toHaveLength(1);
    const next = await isolate.settle("/v2/edge-old/manifests/latest");
    expect(next.headers.get("Docker-Content-Digest")).toBe(image.oci.digest);
  });

  test("goes to the origin if a package was never packed", async () => {
    await knowPackages(["edge-a"]);
    const image = await makeImage("edge-new");
    await storeInR2(image);
    await scriptOrigin("edge-a/edge-new", succeed(image));
    expect(await tier("edge-a/edge-new")).toEqual([200, "build"]);
  });
});

describe("a layer of an image of the edge that R2 has lost", () => {
  async function pullThenLose(name: string) {
    await knowPackages([name]);
    expect(await tier(name)).toEqual([200, "edge"]);
    await vi.waitFor(async () => expect(await env.R2.head(await storedTagKey(imageRequest(name)))).not.toBeNull());
    const digest = await layerDigest(name);
    await env.R2.delete(blobKey(digest));
    return digest;
  }

  test("comes from the origin's disk", async () => {
    const digest = await pullThenLose("edge-lost");
    const text = layerText(pathOf("edge-lost"));
    await scriptOrigin(`blobs/${digest}`, {
      headers: { "Content-Length": String(text.length) },
      steps: [{ send: text }],
    });
    const blob = await startIsolate().settle(`/v2/edge-lost/blobs/${digest}`);
    expect([blob.status, blob.headers.get("Cornice-Cache"), await readText(blob)]).toEqual([200, "origin", text]);
  });

  test("has the origin build the image anew, although the edge has just made it", async () => {
    const digest = await pullThenLose("edge-gone");
    const image = await makeImage("edge-gone");
    await storeInR2(image);
    await scriptOrigin("edge-gone", succeed(image));
    const blob = await startIsolate().settle(`/v2/edge-gone/blobs/${digest}`);
    expect([blob.status, (await readError(blob)).message]).toEqual([503, expect.stringContaining("built anew")]);
    await vi.waitFor(async () => expect(await originCalls("edge-gone")).toMatchObject([{ finished: true }]));
  });
});

test("a guest gets no image of the edge with a package that is not public", async () => {
  await knowPackages(["edge-open", "edge-secret"]);
  const isolate = startIsolate(restricted("basic", "edge-open"));
  const status = async (name: string, headers = {}) =>
    (await isolate.settle(`/v2/${name}/manifests/latest`, { headers })).status;
  expect(await status("edge-open")).toBe(200);
  expect(await status("edge-open/edge-secret")).toBe(401);
  const alice = { headers: { Authorization: basic("alice", "wonderland") } };
  const secret = await isolate.settle("/v2/edge-open/edge-secret/manifests/latest", alice);
  expect([secret.status, secret.headers.get("Cornice-Cache")]).toEqual([200, "edge"]);
  // By its digest, under a public name: the packages in the config decide.
  const digest = secret.headers.get("Docker-Content-Digest");
  expect((await isolate.settle(`/v2/edge-open/manifests/${digest}`)).status).toBe(404);
  expect((await isolate.settle(`/v2/edge-open/manifests/${digest}`, alice)).status).toBe(200);
});

test("clients of 36 combinations wait side by side, and no origin is called", async () => {
  const names = Array.from({ length: 9 }, (_, index) => `edge-p${index}`);
  await knowPackages(names);
  const pairs = names.flatMap((one, index) => names.slice(index + 1).map((other) => `${one}/${other}`));
  expect(await Promise.all(pairs.map(tier))).toEqual(pairs.map(() => [200, "edge"]));
  const calls = await Promise.all(pairs.map(originCalls));
  expect(calls.flat()).toEqual([]);
});
