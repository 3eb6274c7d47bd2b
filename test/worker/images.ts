import { env } from "cloudflare:workers";
import { type Digest, digestOf } from "../../protocol/digest.ts";
import { parseImageName } from "../../protocol/image-name.ts";
import { MEDIA_TYPES, type ManifestFormat } from "../../protocol/media-types.ts";
import { blobKey, manifestCacheKey, manifestKey, tagKey } from "../../protocol/storage-keys.ts";
import type { ManifestDigests, TagRecord } from "../../protocol/tag-record.ts";

export interface TestManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type TestImage = Readonly<Record<ManifestFormat, TestManifest>>;

/** The two manifests of an image that only its title tells from others. */
export async function makeImage(title: string): Promise<TestImage> {
  return { oci: await makeManifest("oci", title), docker: await makeManifest("docker", title) };
}

async function makeManifest(format: ManifestFormat, title: string): Promise<TestManifest> {
  const mediaType = MEDIA_TYPES[format].manifest;
  const text = JSON.stringify({ schemaVersion: 2, mediaType, annotations: { title } });
  const bytes = new Uint8Array(new TextEncoder().encode(text));
  return { digest: await digestOf(bytes), mediaType, bytes };
}

export async function storeInR2({ oci, docker }: TestImage): Promise<void> {
  for (const { digest, mediaType, bytes } of [oci, docker]) {
    await env.R2.put(manifestKey(digest), bytes, { httpMetadata: { contentType: mediaType } });
  }
}

export async function storeInKv({ oci, docker }: TestImage): Promise<void> {
  for (const { digest, mediaType, bytes } of [oci, docker]) {
    await env.KV.put(manifestCacheKey(digest), bytes, { metadata: { mediaType } });
  }
}

/** Writes a tag's record, or whatever stands in its place. */
export async function storeTag(name: string, value: TagRecord | string, tag = "latest"): Promise<void> {
  const record = typeof value === "string" ? value : JSON.stringify(value);
  await env.KV.put(await keyOfTag(name, tag), record);
}

export function latestKey(name: string): Promise<string> {
  return keyOfTag(name, "latest");
}

function keyOfTag(name: string, tag: string): Promise<string> {
  const { architecture = "amd64", ...asked } = parseImageName(name, 64);
  return tagKey({ source: env.PACKAGE_SOURCE, tag, architecture, ...asked });
}

export function tagRecord({ oci, docker }: TestImage): TagRecord {
  const manifests: ManifestDigests = { oci: oci.digest, docker: docker.digest };
  return { manifests, revision: "0123abc", resolvedAt: "2026-11-01T00:00:00.000Z" };
}

/** An image that was pulled before: all stores have it. */
export async function storeImage(name: string): Promise<TestImage> {
  const image = await makeImage(name);
  await storeInR2(image);
  await storeInKv(image);
  await storeTag(name, tagRecord(image));
  return image;
}

export async function storeBlob(bytes: Uint8Array<ArrayBuffer>): Promise<Digest> {
  const digest = await digestOf(bytes);
  await env.R2.put(blobKey(digest), bytes);
  return digest;
}
