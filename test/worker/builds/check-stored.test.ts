import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Digest, digestOf } from "../../../protocol/digest.ts";
import { blobKey, manifestKey } from "../../../protocol/storage-keys.ts";
import { newTrace } from "../../../protocol/trace-context.ts";
import { checkStored } from "../../../worker/builds/check-stored.ts";
import { parseConfig } from "../../../worker/settings.ts";
import { readError, startIsolate } from "../client.ts";
import { spyOnLog } from "../failure-log.ts";
import { makeImage, storeBlob, storeInR2, tagRecord, type TestImage } from "../images.ts";
import { scriptOrigin, succeed } from "../origin.ts";

let log: ReturnType<typeof spyOnLog>;

beforeEach(() => {
  log = spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new TextEncoder().encode(text));
}

/** Makes an image of these layers. Its config is in R2, and an origin announces it. */
async function announce(name: string, layers: readonly Digest[]): Promise<TestImage> {
  const config = bytesOf(`config of ${name}`);
  const image = await makeImage(name, {
    config: { digest: await storeBlob(config), size: config.length },
    layers: layers.map((digest) => ({ digest, size: 1 })),
  });
  await scriptOrigin(name, succeed(image));
  return image;
}

describe("an image that an origin announces is served", () => {
  test("when R2 has all its blobs", async () => {
    const image = await announce("whole", [await storeBlob(bytesOf("a layer"))]);
    await storeInR2(image);
    expect((await startIsolate().settle("/v2/whole/manifests/latest")).status).toBe(200);
  });

  test("when R2 has lost a layer and the origin still has it", async () => {
    const text = "a layer on the origin's disk";
    const digest = await digestOf(bytesOf(text));
    await scriptOrigin(`blobs/${digest}`, {
      headers: { "Content-Length": String(text.length) },
      steps: [{ send: text }],
    });
    await storeInR2(await announce("restored", [digest]));
    expect((await startIsolate().settle("/v2/restored/manifests/latest")).status).toBe(200);
    expect(await (await env.R2.get(blobKey(digest)))?.text()).toBe(text);
  });
});

test("R2 is asked for both manifests at once", async () => {
  const image = await makeImage("at-once");
  await storeInR2(image);
  const both = Promise.withResolvers<void>();
  const asked = new Set<string>();
  const get = async (key: string): Promise<R2ObjectBody | null> => {
    // The first answer waits for the second question.
    if (asked.add(key).size === 2) both.resolve();
    await both.promise;
    return env.R2.get(key);
  };
  const head = (key: string): Promise<R2Object | null> => env.R2.head(key);
  const R2 = new Proxy(env.R2, { get: (_, name) => ({ get, head })[String(name)] });
  const { manifests } = tagRecord(image);
  await checkStored(parseConfig({ ...env, R2 }), manifests, newTrace());
  expect(asked).toEqual(new Set([manifestKey(image.oci.digest), manifestKey(image.docker.digest)]));
});

describe("it is neither served nor cached when R2 lacks", () => {
  const isolate = startIsolate();

  async function expectRefused(name: string, missing: Digest, problem = "is not in R2"): Promise<void> {
    const answer = await isolate.settle(`/v2/${name}/manifests/latest`);
    expect([answer.status, answer.headers.get("Retry-After")]).toEqual([503, "10"]);
    expect((await readError(answer)).message).toBe("the image was built, but a part of it is not stored; pull again");
    expect(log.mock.calls.join()).toContain(`the origin announced ${missing}, which ${problem}`);
    const next = await isolate.settle(`/v2/${name}/manifests/latest`);
    expect([next.status, next.headers.get("Cornice-Cache")]).toEqual([503, null]);
    expect(await env.KV.list()).toMatchObject({ keys: [] });
  }

  test("a layer", async () => {
    const missing = await digestOf(bytesOf("a layer that nobody has"));
    await storeInR2(await announce("no-layer", [await storeBlob(bytesOf("another layer")), missing]));
    await expectRefused("no-layer", missing);
  });

  test("the config", async () => {
    await storeInR2(await announce("no-config", []));
    const config = await digestOf(bytesOf("config of no-config"));
    await env.R2.delete(blobKey(config));
    await expectRefused("no-config", config);
  });

  test("Docker's manifest", async () => {
    const image = await announce("no-docker", []);
    await storeInR2({ oci: image.oci, docker: image.oci });
    await expectRefused("no-docker", image.docker.digest);
  });

  test("a complete manifest: one of its layers has no size", async () => {
    const image = await makeImage("no-size", { layers: [{ digest: await storeBlob(bytesOf("a layer")) }] });
    await scriptOrigin("no-size", succeed(image));
    await storeInR2(image);
    await expectRefused("no-size", image.oci.digest, "is not a complete image manifest");
  });
});
