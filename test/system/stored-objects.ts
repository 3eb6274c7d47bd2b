import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { parseLayerList } from "../../image/layers/layer-list.ts";
import { decodeBundle } from "../../image/bundles/bundle-record.ts";
import type { KvSettings, R2Settings } from "../../origin/stores/settings.ts";
import { decodeTrust } from "../../image/trust/trust-file.ts";
import { parseAttachedRecord } from "../../protocol/attached-record.ts";
import { parseImageContents } from "../../protocol/image-contents.ts";
import { type Descriptor, manifestBlobs, parseDescriptor, parseManifestText } from "../../protocol/manifest.ts";
import { LAYER_LIST_KEY } from "../../protocol/storage-keys.ts";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { createR2Store } from "../../origin/stores/r2-store.ts";
import { parseManifestDigests, parseTagRecord } from "../../protocol/tag-record.ts";
import { listAt, memberAt, objectOf, textAt } from "../json.ts";

/** Reads all objects of an R2 bucket. */
async function readBucket(settings: R2Settings): Promise<ReadonlyMap<string, Buffer>> {
  const store = createR2Store(settings);
  const objects = new Map<string, Buffer>();
  for (const key of await listStored(settings)) {
    const stream = await store.open(key);
    if (stream) objects.set(key, await buffer(stream));
  }
  return objects;
}

/** The bytes of an object of an R2 bucket. Undefined if it is missing. */
export async function readStored(settings: R2Settings, key: string): Promise<Buffer | undefined> {
  const stream = await createR2Store(settings).open(key);
  return stream && buffer(stream);
}

/** The keys of an R2 bucket that begin with a prefix. */
export async function listStored(settings: R2Settings, prefix = ""): Promise<readonly string[]> {
  const { endpoint, bucket, ...credentials } = settings;
  const client = new S3Client({ endpoint, region: "auto", forcePathStyle: true, credentials });
  const keys: string[] = [];
  for (let token: string | undefined; ;) {
    const page = { Bucket: bucket, Prefix: prefix, ContinuationToken: token };
    const list = await client.send(new ListObjectsV2Command(page));
    keys.push(...(list.Contents ?? []).flatMap(({ Key }) => Key ?? []));
    token = list.NextContinuationToken;
    if (token === undefined) return keys;
  }
}

/** Reads the values in KV whose keys begin with a prefix, by key. */
async function readIndex(kv: KvSettings, prefix: string): Promise<ReadonlyMap<string, string>> {
  const base = `${kv.apiUrl}/storage/kv/namespaces/${kv.namespaceId}`;
  const headers = { Authorization: `Bearer ${kv.apiToken}` };
  const values = new Map<string, string>();
  for (let cursor = ""; ;) {
    const answer = await fetch(`${base}/keys?limit=1000${cursor === "" ? "" : `&cursor=${cursor}`}`, { headers });
    const page = objectOf(await answer.text());
    const names = listAt(page, "result").map((key) => textAt(key, "name"));
    for (const name of names.filter((key) => key.startsWith(prefix))) {
      values.set(name, await (await fetch(`${base}/values/${encodeURIComponent(name)}`, { headers })).text());
    }
    const next = memberAt(page["result_info"] ?? {}, "cursor");
    if (typeof next !== "string" || next === "") return values;
    cursor = next;
  }
}

export interface StoreCheck {
  /** One sentence for each fault that a reader must never find. */
  readonly broken: readonly string[];
  readonly blobs: number;
  /** Of images. */
  readonly manifests: number;
  /** Manifests of documents and signatures. */
  readonly artifacts: number;
  /** Lists of images. */
  readonly lists: number;
  readonly contents: number;
  readonly tags: number;
  /** In the list of layers. */
  readonly layers: number;
  readonly bundles: number;
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
  const counts = {
    blobs: 0,
    manifests: 0,
    artifacts: 0,
    lists: 0,
    contents: 0,
    tags: tags.size,
    layers: 0,
    bundles: 0,
  };
  for (const [key, bytes] of objects) {
    const [kind, , hex] = key.split("/");
    const text = () => bytes.toString();
    const listed = kind === "manifests" ? listedManifests(text()) : undefined;
    const isArtifact = kind === "manifests" && !listed && !holdsFiles(text());
    if (isArtifact) counts.artifacts += 1;
    else if (listed) counts.lists += 1;
    else if (kind === "blobs" || kind === "manifests" || kind === "contents") counts[kind] += 1;
    if (kind === "blobs" || kind === "manifests") {
      if (createHash("sha256").update(bytes).digest("hex") !== hex) broken.push(`${key} holds other bytes`);
    }
    if (listed) {
      for (const { digest, size } of listed) need(key, manifestKeyOf(digest), size);
    } else if (kind === "manifests") {
      const manifest = parseManifestText(text());
      if (!manifest) broken.push(`${key} holds no manifest`);
      for (const { digest, size } of manifest ? manifestBlobs(manifest) : []) need(key, blobKeyOf(digest), size);
      if (manifest?.mediaType === MEDIA_TYPES.oci.manifest && !isArtifact)
        need(key, key.replace(/^manifests/, "contents"));
    } else if (kind === "contents") {
      const contents = parseImageContents(JSON.parse(text()));
      if (!contents) broken.push(`${key} holds no contents`);
      const manifest = objects.get(key.replace(/^contents/, "manifests"));
      // A crash may leave contents without a manifest, and without layers. Only a manifest leads to them.
      for (const { digest, size } of manifest ? (contents?.layers ?? []) : []) need(key, blobKeyOf(digest), size);
      if (contents && manifest && layersOf(manifest) !== layersOf(JSON.stringify(contents)))
        broken.push(`${key} has other layers than its manifest`);
    } else if (kind === LAYER_LIST_KEY) {
      const list = parseLayerList(JSON.parse(text()));
      if (!list) broken.push(`${key} holds no list of layers`);
      counts.layers = list?.layers.length ?? 0;
      for (const { digest, size, diffId } of list?.layers ?? []) {
        const blobKey = blobKeyOf(digest);
        need(key, blobKey, size);
        const blob = objects.get(blobKey);
        if (blob && diffIdOf(blob) !== diffId) broken.push(`${key} names ${blobKey}, which is another tar`);
      }
    } else if (kind === "bundles") {
      counts.bundles += 1;
      const bundle = await decodeBundle(bytes);
      if (!bundle) broken.push(`${key} holds no bundle`);
      for (const { digest, size } of [...(bundle?.solos.values() ?? []), ...(bundle?.rests.values() ?? [])])
        need(key, blobKeyOf(digest), size);
    } else if (kind === "images") {
      const manifests = parseManifestDigests(JSON.parse(text()));
      if (!manifests) broken.push(`${key} names no manifests`);
      for (const digest of Object.values(manifests ?? {})) need(key, manifestKeyOf(digest));
    } else if (kind === "attached") {
      const record = parseAttachedRecord(JSON.parse(text()));
      if (!record) broken.push(`${key} names no manifest`);
      else
        for (const digest of [record.referrers, record.signatures, record.attestations])
          if (digest) need(key, manifestKeyOf(digest));
    } else if (kind === "trust") {
      if (!(await decodeTrust(bytes))) broken.push(`${key} is damaged`);
    } else if (kind === "requests") {
      // The image's record is written at the same time. Without it, the image is built again.
      if (!/^[0-9a-f]{64}$/.test(textAt(JSON.parse(text()), "image"))) broken.push(`${key} names no image`);
    }
  }
  for (const [key, value] of tags) {
    const record = parseTagRecord(JSON.parse(value));
    if (!record) broken.push(`${key} holds no tag`);
    for (const digest of Object.values(record?.manifests ?? {})) need(key, manifestKeyOf(digest));
  }
  return { broken, ...counts };
}

/** The entries of a list of images. Undefined for a manifest. */
function listedManifests(json: string): readonly Descriptor[] | undefined {
  const entries = memberAt(JSON.parse(json), "manifests");
  if (entries === undefined) return undefined;
  return listAt({ entries }, "entries").flatMap((entry) => parseDescriptor(entry) ?? []);
}

/** Whether the layers of a manifest are files of an image, and no documents. */
function holdsFiles(json: string): boolean {
  const layers = listAt(JSON.parse(json), "layers");
  return layers.every((layer) => textAt(layer, "mediaType").includes(".tar"));
}

/** The layers' digests and sizes, as a text to compare. */
function layersOf(json: Buffer | string): string {
  const layers = listAt(JSON.parse(json.toString()), "layers");
  return JSON.stringify(layers.map((layer) => parseDescriptor(layer)));
}

const diffIdOf = (gzipped: Buffer) => `sha256:${createHash("sha256").update(gunzipSync(gzipped)).digest("hex")}`;
const blobKeyOf = (digest: string) => `blobs/${digest.replace(":", "/")}`;
const manifestKeyOf = (digest: string) => `manifests/${digest.replace(":", "/")}`;
