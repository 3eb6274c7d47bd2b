import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKvIndex } from "../../origin/stores/kv-index.ts";
import { createR2Store } from "../../origin/stores/r2-store.ts";
import { listContaining } from "../matchers.ts";
import { describeObjectStore } from "../origin/stores/object-store-contract.ts";
import { edgeAccess } from "./edge-access.ts";
import { startR2Proxy } from "./r2-proxy.ts";
import { type Registry, startRegistry, testPackages } from "./registry.ts";

const MIB = 1_048_576;

let directory: string;
let registry: Registry;
let bucket: Parameters<typeof createR2Store>[0];
let namespace: Parameters<typeof createKvIndex>[0];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-edge-"));
  const stateDirectory = join(directory, "state");
  registry = await startRegistry({ stateDirectory, env: await testPackages(directory, randomUUID()) });
  ({ r2: bucket, kv: namespace } = await edgeAccess(stateDirectory));
});

afterAll(async () => {
  await registry.stop();
  await rm(directory, { recursive: true, force: true });
});

describeObjectStore("the R2 store, over S3", async () => createR2Store(bucket));

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
