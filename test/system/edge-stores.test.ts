import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKvIndex } from "../../origin/stores/kv-index.ts";
import { createR2Store } from "../../origin/stores/r2-store.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { listContaining } from "../matchers.ts";
import { describeManyKeys } from "../origin/stores/maintained-index-contract.ts";
import { describeManyObjects } from "../origin/stores/maintained-store-contract.ts";
import { describeObjectStore } from "../origin/stores/object-store-contract.ts";
import { removeFolder } from "../remove-folder.ts";
import { type CountedStores, countStores } from "./counted-stores.ts";
import { edgeAccess } from "./edge-access.ts";
import { startOrigin } from "./origin-process.ts";
import { startR2Proxy } from "./r2-proxy.ts";
import { type Registry, startRegistry, testPackages } from "./registry.ts";

const MIB = 1_048_576;

let directory: string;
let registry: Registry;
let edge: Awaited<ReturnType<typeof edgeAccess>>;
let bucket: Parameters<typeof createR2Store>[0];
let namespace: Parameters<typeof createKvIndex>[0];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-edge-"));
  const stateDirectory = join(directory, "state");
  registry = await startRegistry({ stateDirectory, env: await testPackages(directory, randomUUID()) });
  edge = await edgeAccess(stateDirectory);
  ({ r2: bucket, kv: namespace } = edge);
});

afterAll(async () => {
  await registry.stop();
  await removeFolder(directory);
});

describeObjectStore("the R2 store, over S3", async () => createR2Store(bucket));
describeManyObjects("the R2 store, over S3,", async () => createR2Store(bucket));
describeManyKeys("the KV index, over REST,", async () => createKvIndex(namespace));

describe("the R2 store", () => {
  it("puts a large file in parts, and reads it back as one", async () => {
    const size = 70 * 1024 * 1024;
    const path = join(directory, "large");
    const bytes = Buffer.alloc(size, randomUUID());
    await writeFile(path, bytes);
    const store = createR2Store(bucket);
    await store.put("large", { kind: "file", path, size }, { contentType: "application/octet-stream" });
    expect(await store.head("large")).toEqual({ size });
    const stored = await store.open("large");
    expect(stored && (await buffer(stored)).equals(bytes)).toBe(true);
  });

  it.each([
    [64 * MIB, ["64 MiB"]],
    [64 * MIB + 1, ["16 MiB", "16 MiB", "16 MiB", "16 MiB", "1 B"]],
    [70 * MIB, ["16 MiB", "16 MiB", "16 MiB", "16 MiB", "6 MiB"]],
  ])("puts a file of %i bytes in one piece, or in parts of equal size except the last", async (size, pieces) => {
    const path = join(directory, `file-${size}`);
    await writeFile(path, Buffer.alloc(size, randomUUID()));
    const puts: IncomingMessage[] = [];
    const proxy = await startR2Proxy(bucket.endpoint, (request) => {
      if (request.method === "PUT") puts.push(request);
      return false;
    });
    try {
      const store = createR2Store({ ...bucket, endpoint: proxy.endpoint });
      await store.put("pieces", { kind: "file", path, size }, { contentType: "application/octet-stream" });
      expect(await store.head("pieces")).toEqual({ size });
    } finally {
      proxy.close();
    }
    const partNumber = ({ url = "" }: IncomingMessage) =>
      Number(new URL(url, bucket.endpoint).searchParams.get("partNumber"));
    const inOrder = puts.toSorted((a, b) => partNumber(a) - partNumber(b));
    const sizes = inOrder.map(({ headers }) => Number(headers["content-length"]));
    expect(sizes.map((bytes) => (bytes < MIB ? `${bytes} B` : `${bytes / MIB} MiB`))).toEqual(pieces);
    // Nothing reads the file to hash it, and connections serve several requests.
    expect(new Set(puts.map(({ headers }) => headers["x-amz-content-sha256"]))).toEqual(new Set(["UNSIGNED-PAYLOAD"]));
    expect(new Set(puts.map(({ socket }) => socket)).size).toBeLessThanOrEqual(2);
    // The store uploads each object directly under its final key, and never copies it.
    expect(puts.filter(({ headers }) => headers["x-amz-copy-source"] !== undefined)).toEqual([]);
  });

  it("returns the metadata that an object was put with", async () => {
    const store = createR2Store(bucket);
    const content = { kind: "bytes", bytes: new Uint8Array(3) } as const;
    await store.put("described", content, { contentType: "application/json", metadata: { state: "s1" } });
    expect(await store.head("described")).toEqual({ size: 3, metadata: { state: "s1" } });
    await store.put("described", content, { contentType: "application/json" });
    expect(await store.head("described")).toEqual({ size: 3 });
  });

  it("fails with a wrong key", async () => {
    const store = createR2Store({ ...bucket, secretAccessKey: "wrong" });
    const content = { kind: "bytes", bytes: new Uint8Array([1]) } as const;
    await expect(store.put("x", content, { contentType: "text/plain" })).rejects.toThrow();
  });
});

describe("the KV index", () => {
  it("fails with a wrong token", async () => {
    const index = createKvIndex({ ...namespace, apiToken: "wrong" });
    await expect(index.put([{ key: "x", value: "x" }])).rejects.toThrow("401");
  });

  it("writes pairs with metadata to the namespace", async () => {
    await createKvIndex(namespace).put([
      { key: "manifest/sha256:a/b", value: "{}", metadata: { mediaType: "application/json" } },
      { key: "tag/x", value: "ünïcode" },
    ]);
    const url = `${namespace.apiUrl}/storage/kv/namespaces/${namespace.namespaceId}`;
    const headers = { Authorization: `Bearer ${namespace.apiToken}` };
    expect(await (await fetch(`${url}/values/${encodeURIComponent("tag/x")}`, { headers })).text()).toBe("ünïcode");
    const keys = await (await fetch(`${url}/keys`, { headers })).json();
    expect(keys).toMatchObject({
      result: listContaining([
        expect.objectContaining({ name: "manifest/sha256:a/b", metadata: { mediaType: "application/json" } }),
      ]),
    });
  });
});

describe("the requests of an origin to R2 and KV", () => {
  /** The state of garbage collections is read at the beginning and before the manifests, unless it was in the last ten seconds. */
  const STATE_READS = 2;
  let packages: Readonly<Record<string, string>>;
  let counted: CountedStores;

  beforeAll(async () => {
    packages = await testPackages(await mkdtemp(join(directory, "set-")), randomUUID());
    counted = await countStores(edge);
  });

  afterAll(() => counted.close());

  /** Builds images with an origin that has an empty disk. Returns the layers of each image and its requests. */
  async function build(images: readonly string[][], revision: string) {
    const spool = join(await mkdtemp(join(directory, "origin-")), "spool");
    await mkdir(spool);
    // Bundles come behind the answer, so their requests would be counted at any time.
    const settings = { CORNICE_SPOOL_DIR: spool, CORNICE_SOURCE_REVISION: revision, CORNICE_BUNDLES: "off" };
    const origin = await startOrigin({ ...counted.env, ...packages, ...settings });
    const built = [];
    try {
      for (const names of images) {
        const request = { source: "test", tag: "latest", architecture: hostArchitecture(), packages: names };
        const events = await Array.fromAsync(origin.build(request));
        expect(events.at(-1), origin.log()).toMatchObject({ event: "image" });
        const layers = events.filter((event) => event.event === "layer");
        built.push({ layers, known: layers.filter(({ known }) => known).length, requests: counted.take() });
      }
    } finally {
      await origin.kill();
    }
    return built;
  }

  it("are one for each new layer, one for what each name leads to, and fourteen others", async () => {
    const [, cold] = await build([["7zz"], ["hello", "large", "world"]], "r1");
    expect([cold?.known, cold?.layers.length]).toEqual([0, 3]);
    // The config is a blob, and one of the fourteen. Two look for what stands beside the image, and write it.
    expect(cold?.requests).toMatchObject({ blobs: 3 + 1, otherWrites: 9 + 3 });
    expect(cold?.requests.reads).toBeGreaterThanOrEqual(4);
    expect(cold?.requests.reads).toBeLessThanOrEqual(4 + STATE_READS);
  });

  it("are few for another origin with an empty disk, which finds all layers", async () => {
    const [, known, shared] = await build([["7zz"], ["hello", "large", "world"], ["large"]], "r2");
    expect(known?.requests).toMatchObject({ blobs: 0, otherWrites: 3 + 3 });
    // Behind the answer, the last one looks for what stands beside the image.
    expect(known?.requests.reads).toBeLessThanOrEqual(6 + STATE_READS);
    expect(shared?.layers.map((layer) => [layer.description.replace(/.*-/, ""), layer.known])).toEqual(
      expect.arrayContaining([["large", true]]),
    );
    expect(shared?.requests.blobs).toBe((shared?.layers.length ?? 0) - (shared?.known ?? 0) + 1);
  });
});
