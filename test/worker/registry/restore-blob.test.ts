import { reset, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Digest, digestOf } from "../../../protocol/digest.ts";
import { blobKey } from "../../../protocol/storage-keys.ts";
import type { Script } from "../../scripted-origin/script.ts";
import { readError, readText, startIsolate } from "../client.ts";
import { countStores } from "../counting.ts";
import { spyOnLog } from "../failure-log.ts";
import { makeImage, storeInKv, storeInR2, storeTag, tagRecord } from "../images.ts";
import { fail, originCalls, scriptOrigin } from "../origin.ts";

let log: ReturnType<typeof spyOnLog>;

beforeEach(() => {
  log = spyOnLog();
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await reset();
});

function digestOfText(text: string): Promise<Digest> {
  return digestOf(new Uint8Array(new TextEncoder().encode(text)));
}

/** The answer of an origin that has these bytes under the digest. */
function give(text: string): Script {
  return { headers: { "Content-Length": String(text.length) }, steps: [{ send: text }] };
}

/** A layer that R2 has lost. An origin still has it. */
async function keepAtOrigin(text: string): Promise<Digest> {
  const digest = await digestOfText(text);
  await scriptOrigin(`blobs/${digest}`, give(text));
  return digest;
}

async function isStored(digest: Digest): Promise<boolean> {
  return (await env.R2.head(blobKey(digest))) !== null;
}

async function callCount(digest: Digest): Promise<number> {
  return (await originCalls(`blobs/${digest}`)).length;
}

/** An image whose one layer is the blob. */
async function storeImageWith(digest: Digest, name: string): Promise<void> {
  const image = await makeImage(name, { layers: [{ digest, size: 1 }] });
  await storeInR2(image);
  await storeInKv(image);
  await storeTag(name, tagRecord(image));
}

describe("a blob that R2 has lost comes from the origin's disk", () => {
  test.each<[string, RequestInit, number, string]>([
    ["whole", {}, 200, "0123456789"],
    ["in part", { headers: { Range: "bytes=2-4" } }, 206, "234"],
    ["for HEAD", { method: "HEAD" }, 200, ""],
    ["for a client that has it", { headers: { "If-None-Match": "*" } }, 304, ""],
  ])("%s", async (_, init, status, body) => {
    const digest = await keepAtOrigin("0123456789");
    const answer = await startIsolate().settle(`/v2/git/blobs/${digest}`, init);
    expect([answer.status, answer.headers.get("Cornice-Cache"), await readText(answer)]).toEqual([
      status,
      "origin",
      body,
    ]);
    expect(answer.headers.get("Server-Timing")).toMatch(/^colo;dur=\d+, r2;dur=\d+, origin;dur=\d+$/);
    expect(await isStored(digest)).toBe(true);
  });

  test("and is in R2 after that", async () => {
    const digest = await keepAtOrigin("kept at the origin");
    await startIsolate().settle(`/v2/git/blobs/${digest}`);
    const stores = countStores();
    const next = await startIsolate({ KV: stores.KV, R2: stores.R2 }).settle(`/v2/git/blobs/${digest}`);
    expect([next.headers.get("Cornice-Cache"), await readText(next)]).toEqual(["r2", "kept at the origin"]);
    expect(stores.take()).toEqual({ "r2.get": 1 });
    expect(await callCount(digest)).toBe(1);
  });

  test("by one signed call for all clients that wait", async () => {
    const text = "asked for by many";
    const digest = await digestOfText(text);
    await scriptOrigin(`blobs/${digest}`, { ...give(text), steps: [{ waitMs: 200 }, { send: text }] });
    const isolates = Array.from({ length: 5 }, () => startIsolate());
    const pulls = Array.from({ length: 5 }, () => isolates.map((isolate) => isolate.settle(`/v2/git/blobs/${digest}`)));
    for (const answer of await Promise.all(pulls.flat())) expect(await readText(answer)).toBe(text);
    const calls = await originCalls(`blobs/${digest}`);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ method: "GET", path: `/blobs/${digest}`, body: "", signature: "valid" });
  });
});

describe("an origin's answer is neither served nor stored if", () => {
  test("its bytes are wrong", async () => {
    const digest = await digestOfText("right");
    await scriptOrigin(`blobs/${digest}`, give("wrong"));
    const answer = await startIsolate().settle(`/v2/git/blobs/${digest}`);
    expect([answer.status, (await readError(answer)).code]).toEqual([404, "BLOB_UNKNOWN"]);
    expect(await isStored(digest)).toBe(false);
    expect(log.mock.calls.join()).toContain(`did not send ${digest}`);
  });

  test.each<[string, Script]>([
    ["it breaks off", { headers: { "Content-Length": "9" }, steps: [{ send: "half" }, { waitMs: 50 }, { cut: true }] }],
    ["it refuses the call", { status: 401, steps: [] }],
    ["it fails", { status: 500, steps: [] }],
    ["it sends the caller elsewhere", { status: 307, headers: { Location: "/blobs/other" }, steps: [] }],
  ])("%s, which is 503", async (title, script) => {
    const digest = await digestOfText(title);
    await scriptOrigin(`blobs/${digest}`, script);
    const answer = await startIsolate().settle(`/v2/git/blobs/${digest}`);
    expect([answer.status, answer.headers.get("Retry-After"), answer.headers.get("Cache-Control")]).toEqual([
      503,
      "10",
      "no-store",
    ]);
    expect(await readError(answer)).toEqual({
      code: "UNAVAILABLE",
      message: `${digest} cannot be fetched now; pull again later`,
    });
    expect(await isStored(digest)).toBe(false);
  });
});

describe("a blob that no origin has kept", () => {
  test("is unknown if no image of the name has it; the search is repeated after a minute", async () => {
    const digest = await digestOfText("in no image");
    await storeImageWith(await digestOfText("another"), "unrelated");
    const ask = async () => (await startIsolate().settle(`/v2/unrelated/blobs/${digest}`)).status;
    expect([await ask(), await ask()]).toEqual([404, 404]);
    vi.setSystemTime(Date.now() + 59_000);
    expect(await ask()).toBe(404);
    expect(await callCount(digest)).toBe(1);
    vi.setSystemTime(Date.now() + 1001);
    expect(await ask()).toBe(404);
    expect(await callCount(digest)).toBe(2);
    expect(await originCalls("unrelated")).toEqual([]);
  });

  test("causes a build of an image that has it, and its clients come back", async () => {
    const digest = await digestOfText("built anew");
    await storeImageWith(digest, "needs-it");
    await scriptOrigin("needs-it", fail("MANIFEST_UNKNOWN", "this is a test"));
    const isolate = startIsolate();
    const answer = await isolate.settle(`/v2/needs-it/blobs/${digest}`);
    expect([answer.status, answer.headers.get("Retry-After")]).toEqual([503, "10"]);
    expect((await readError(answer)).message).toContain("it is being built anew");
    await vi.waitFor(async () => expect(await originCalls("needs-it")).toHaveLength(1));
    expect((await isolate.settle(`/v2/needs-it/blobs/${digest}`)).status).toBe(503);
    expect(await originCalls("needs-it")).toHaveLength(1);
    await env.R2.put(blobKey(digest), "built anew");
    expect(await readText(await isolate.settle(`/v2/needs-it/blobs/${digest}`))).toBe("built anew");
  });

  test("is also unknown while KV cannot tell which image has it", async () => {
    const digest = await digestOfText("KV fails");
    const list = () => Promise.reject(new Error("KV is down"));
    const KV = new Proxy(env.KV, { get: () => list });
    expect((await startIsolate({ KV }).settle(`/v2/git/blobs/${digest}`)).status).toBe(404);
    expect(log.mock.calls.join()).toContain("KV is down");
  });

  test("counts as a build for the client", async () => {
    const isolate = startIsolate({ BUILD_LIMIT: { limit: async ({ key }) => ({ success: key !== "192.0.2.1" }) } });
    const digest = await digestOfText("limited");
    const ask = async (address: string) =>
      (await isolate.settle(`/v2/git/blobs/${digest}`, { headers: { "CF-Connecting-IP": address } })).status;
    expect(await ask("192.0.2.1")).toBe(429);
    expect(await callCount(digest)).toBe(0);
    expect(await ask("192.0.2.2")).toBe(404);
  });
});

describe("a blob that is damaged in R2", () => {
  async function pullDamaged(digest: Digest): Promise<void> {
    await env.R2.put(blobKey(digest), "damaged");
    await expect(startIsolate().settle(`/v2/git/blobs/${digest}`)).rejects.toThrow();
  }

  test("is replaced by the copy of an origin", async () => {
    const digest = await keepAtOrigin("undamaged");
    await pullDamaged(digest);
    await vi.waitFor(async () => expect(await (await env.R2.get(blobKey(digest)))?.text()).toBe("undamaged"));
    expect(await readText(await startIsolate().settle(`/v2/git/blobs/${digest}`))).toBe("undamaged");
  });

  test("stays if the client is over its limit, until another client pulls it", async () => {
    const digest = await keepAtOrigin("of a flooder");
    await env.R2.put(blobKey(digest), "damaged");
    const isolate = startIsolate({ BUILD_LIMIT: { limit: async ({ key }) => ({ success: key !== "192.0.2.1" }) } });
    const pullFrom = async (address: string) => {
      const { response, context } = isolate.call(`/v2/git/blobs/${digest}`, {
        headers: { "CF-Connecting-IP": address },
      });
      await expect((await response).arrayBuffer()).rejects.toThrow();
      await waitOnExecutionContext(context);
    };
    await pullFrom("192.0.2.1");
    expect(await callCount(digest)).toBe(0);
    await pullFrom("192.0.2.2");
    expect(await callCount(digest)).toBe(1);
    expect(await (await env.R2.get(blobKey(digest)))?.text()).toBe("of a flooder");
  });

  test("is removed if no origin has it, so that it is built anew", async () => {
    const digest = await digestOfText("kept nowhere");
    await pullDamaged(digest);
    await vi.waitFor(async () => expect(await isStored(digest)).toBe(false));
  });

  test("stays if the origin does not answer", async () => {
    const digest = await digestOfText("the origin is down");
    await scriptOrigin(`blobs/${digest}`, { status: 500, steps: [] });
    await pullDamaged(digest);
    await vi.waitFor(async () => expect(await callCount(digest)).toBe(1));
    expect(await isStored(digest)).toBe(true);
  });
});
