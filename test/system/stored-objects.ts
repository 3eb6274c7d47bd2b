import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import type { KvSettings, R2Settings } from "../../origin/stores/settings.ts";
import { parseImageContents } from "../../protocol/image-contents.ts";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { createR2Store } from "../../origin/stores/r2-store.ts";

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

interface LayerRecord extends Descriptor {
  readonly diffId: string;
}

interface Manifest {
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** Reads all objects of an R2 bucket. */
async function readBucket(settings: R2Settings): Promise<ReadonlyMap<string, Buffer>> {
  const { endpoint, bucket, ...credentials } = settings;
  const client = new S3Client({ endpoint, region: "auto", forcePathStyle: true, credentials });
  const store = createR2Store(settings);
  const objects = new Map<string, Buffer>();
  for (let token: string | undefined; ;) {
    const list = await client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }));
    for (const { Key: key = "" } of list.Contents ?? []) {
      const stream = await store.open(key);
      if (stream) objects.set(key, await buffer(stream));
    }
    token = list.NextContinuationToken;
    if (token === undefined) return objects;
  }
}

/** Reads the values in KV whose keys begin with a prefix, by key. */
async function readIndex(kv: KvSettings, prefix: string): Promise<ReadonlyMap<string, string>> {
  const base = `${kv.apiUrl}/storage/kv/namespaces/${kv.namespaceId}`;
  const headers = { Authorization: `Bearer ${kv.apiToken}` };
  const values = new Map<string, string>();
  for (let cursor = ""; ;) {
    const page = await fetch(`${base}/keys?limit=1000${cursor === "" ? "" : `&cursor=${cursor}`}`, { headers });
    const { result, result_info }: { result: { name: string }[]; result_info?: { cursor?: string } } = JSON.parse(
      await page.text(),
    );
    for (const { name } of result.filter((key) => key.name.startsWith(prefix))) {
      values.set(name, await (await fetch(`${base}/values/${encodeURIComponent(name)}`, { headers })).text());
    }
    cursor = result_info?.cursor ?? "";
    if (cursor === "") return values;
  }
}

export interface StoreCheck {
  /** One sentence for each fault that a reader must never find. */
  readonly broken: readonly string[];
  readonly blobs: number;
  readonly manifests: number;
  readonly contents: number;
  readonly tags: number;
}

/** Reads everything in R2 and KV. Checks that each object that is named by another exists and is whole. */
export async function checkStores(r2: R2Settings, kv: KvSettings): Promise<StoreCheck> {
  const objects = await readBucket(r2);
  const tags = await readIndex(kv, "tag/");
  const broken: string[] = [];
  const need = (owner: string, key: string, size?: number) => {
    const object = objects.get(key);
    if (!object || (size !== undefined && object.length !== size))
      broken.push(`${owner} names ${key}, which is not there`);
  };
  const counts = { blobs: 0, manifests: 0, contents: 0, tags: tags.size };
  for (const [key, bytes] of objects) {
    const [kind, , hex] = key.split("/");
    const text = () => bytes.toString();
    if (kind === "blobs" || kind === "manifests" || kind === "contents") counts[kind] += 1;
    if (kind === "blobs" || kind === "manifests") {
      if (createHash("sha256").update(bytes).digest("hex") !== hex) broken.push(`${key} holds other bytes`);
    }
    if (kind === "manifests") {
      const { mediaType, config, layers }: Manifest = JSON.parse(text());
      for (const { digest, size } of [config, ...layers]) need(key, blobKeyOf(digest), size);
      if (mediaType === MEDIA_TYPES.oci.manifest) need(key, key.replace(/^manifests/, "contents"));
    } else if (kind === "contents") {
      const contents = parseImageContents(JSON.parse(text()));
      if (!contents) broken.push(`${key} holds no contents`);
      for (const { digest, size } of contents?.layers ?? []) need(key, blobKeyOf(digest), size);
      const manifest = objects.get(key.replace(/^contents/, "manifests"));
      if (contents && manifest && layersOf(manifest) !== layersOf(JSON.stringify(contents)))
        broken.push(`${key} has other layers than its manifest`);
    } else if (kind === "layers") {
      const { digest, size, diffId }: LayerRecord = JSON.parse(text());
      need(key, blobKeyOf(digest), size);
      const blob = objects.get(blobKeyOf(digest));
      if (blob && diffIdOf(blob) !== diffId) broken.push(`${key} names ${blobKeyOf(digest)}, which is another tar`);
    } else if (kind === "images") {
      const { oci, docker }: { oci: string; docker: string } = JSON.parse(text());
      for (const digest of [oci, docker]) need(key, manifestKeyOf(digest));
    } else if (kind === "requests") {
      const { image }: { image: string } = JSON.parse(text());
      need(key, `images/${image}`);
    }
  }
  for (const [key, value] of tags) {
    const { manifests }: { manifests: { oci: string; docker: string } } = JSON.parse(value);
    for (const digest of [manifests.oci, manifests.docker]) need(key, manifestKeyOf(digest));
  }
  return { broken, ...counts };
}

/** The layers' digests and sizes, as a text to compare. */
function layersOf(json: Buffer | string): string {
  const { layers }: { layers: readonly Descriptor[] } = JSON.parse(json.toString());
  return JSON.stringify(layers.map(({ digest, size }) => [digest, size]));
}

const diffIdOf = (gzipped: Buffer) => `sha256:${createHash("sha256").update(gunzipSync(gzipped)).digest("hex")}`;
const blobKeyOf = (digest: string) => `blobs/${digest.replace(":", "/")}`;
const manifestKeyOf = (digest: string) => `manifests/${digest.replace(":", "/")}`;
