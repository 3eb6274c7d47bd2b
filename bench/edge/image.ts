import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Readable } from "node:stream";
import { createBuilder } from "../../origin/service/builder.ts";
import { parseBuilderConfig } from "../../origin/service/config.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import type { KvIndex } from "../../origin/stores/kv-index.ts";
import type { ObjectStore } from "../../origin/stores/object-store.ts";
import { parseImageName } from "../../protocol/image-name.ts";
import type { BenchContext } from "../starter.ts";
import type { LocalEdge } from "./local-edge.ts";

/** The image of all measurements here. */
export const IMAGE = "shell/git/htop";

/** Builds the image into the edge's own R2 and KV, as the origin would. */
export async function buildIntoEdge({ prepare, settings }: BenchContext, edge: LocalEdge): Promise<void> {
  await prepare(IMAGE);
  const config = parseBuilderConfig({ ...process.env, ...settings }, availableParallelism());
  const stores = { store: await bucketStore(edge), index: await namespaceIndex(edge) };
  const builder = await createBuilder({ config, env: process.env, ...stores });
  const { packages } = parseImageName(IMAGE, config.maxPackages);
  const request = { source: "starter", tag: "latest", architecture: hostArchitecture(), packages };
  await builder.build(request, () => {});
  await builder.close(new Error("the image is built"));
}

async function bucketStore({ miniflare }: LocalEdge): Promise<ObjectStore> {
  const bucket = await miniflare.getR2Bucket("R2", "cornice");
  return {
    async head(key) {
      const object = await bucket.head(key);
      return object ? { size: object.size } : undefined;
    },
    async open(key) {
      const object = await bucket.get(key);
      return object ? Readable.from([Buffer.from(await object.arrayBuffer())]) : undefined;
    },
    async hasAny(prefix) {
      return (await bucket.list({ prefix, limit: 1 })).objects.length > 0;
    },
    async put(key, content, { contentType }) {
      const bytes = content.kind === "bytes" ? content.bytes : await readFile(content.path);
      await bucket.put(key, bytes, { httpMetadata: { contentType } });
    },
  };
}

async function namespaceIndex({ miniflare }: LocalEdge): Promise<KvIndex> {
  const namespace = await miniflare.getKVNamespace("KV", "cornice");
  return {
    async put(pairs) {
      for (const { key, value, metadata = {} } of pairs) await namespace.put(key, value, { metadata });
    },
  };
}
