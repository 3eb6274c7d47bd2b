import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { type Digest, digestOf } from "../../protocol/digest.ts";
import { parseImageName } from "../../protocol/image-name.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { MEDIA_TYPES, type ManifestFormat } from "../../protocol/media-types.ts";
import { blobKey, manifestCacheKey, manifestKey, storedTagKey, tagKey } from "../../protocol/storage-keys.ts";
import type { ManifestDigests, TagRecord } from "../../protocol/tag-record.ts";

export interface TestManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type TestImage = Readonly<Record<ManifestFormat, TestManifest>>;

const CONFIG = new Uint8Array(new TextEncoder().encode('{"os":"linux"}'));

/** Makes two manifests of an image without layers. Its title makes it unique. `more` replaces members. */
export async function makeImage(title: string, more: object = {}): Promise<TestImage> {
  const config = { digest: await digestOf(CONFIG), size: CONFIG.length };
  const members = { config, layers: [], ...more, annotations: { title } };
  return { oci: await makeManifest("oci", members), docker: await makeManifest("docker", members) };
}

async function makeManifest(format: ManifestFormat, members: object): Promise<TestManifest> {
  const mediaType = MEDIA_TYPES[format].manifest;
  const text = JSON.stringify({ schemaVersion: 2, mediaType, ...members });
  const bytes = new Uint8Array(new TextEncoder().encode(text));
  return { digest: await digestOf(bytes), mediaType, bytes };
}

/** Stores the manifests, and the config that images without a config of their own name. */
export async function storeInR2(image: TestImage): Promise<void> {
  await storeBlob(CONFIG);
  await storeManifests(image);
}

async function storeManifests({ oci, docker }: TestImage): Promise<void> {
  for (const { digest, mediaType, bytes } of [oci, docker]) {
    await env.R2.put(manifestKey(digest), bytes, { httpMetadata: { contentType: mediaType } });
  }
}

export async function storeInKv({ oci, docker }: TestImage): Promise<void> {
  for (const { digest, mediaType, bytes } of [oci, docker]) {
    await env.KV.put(manifestCacheKey(digest), bytes, { metadata: { mediaType } });
  }
}

/** Writes a tag's record, or any other text in its place. */
export async function storeTag(name: string, value: TagRecord | string, tag = "latest"): Promise<void> {
  const record = typeof value === "string" ? value : JSON.stringify(value);
  await env.KV.put(await tagKey({ ...latestOf(name), tag }), record);
}

/** The copy of a tag's record that the origin writes first. */
export async function storeTagInR2(name: string, record: TagRecord): Promise<void> {
  await env.R2.put(await storedTagKey(latestOf(name)), JSON.stringify(record));
}

export function latestKey(name: string): Promise<string> {
  return tagKey(latestOf(name));
}

/** The image request for a name without a tag. */
export function latestOf(name: string): ImageRequest {
  const { architecture = "amd64", ...asked } = parseImageName(name, 64);
  return { source: env.PACKAGE_SOURCE, tag: "latest", architecture, ...asked };
}

let now = { file: "", at: 0 };

/** One time for all records of a test file, so that records can be compared. Files share this module. */
function timeOfFile(): number {
  const file = expect.getState().testPath ?? "";
  if (file !== now.file) now = { file, at: Date.now() };
  return now.at;
}

/** The record of an image whose build ended this many seconds ago. */
export function tagRecord({ oci, docker }: TestImage, ageS = 0): TagRecord {
  const manifests: ManifestDigests = { oci: oci.digest, docker: docker.digest };
  return { manifests, revision: "0123abc", resolvedAt: new Date(timeOfFile() - ageS * 1000).toISOString() };
}

/** Stores an image that was pulled before. All stores have its manifests. No test needs its config. */
export async function storeImage(name: string): Promise<TestImage> {
  const image = await makeImage(name);
  await storeManifests(image);
  await storeInKv(image);
  await storeTag(name, tagRecord(image));
  return image;
}

export async function storeBlob(bytes: Uint8Array<ArrayBuffer>): Promise<Digest> {
  const digest = await digestOf(bytes);
  await env.R2.put(blobKey(digest), bytes);
  return digest;
}
