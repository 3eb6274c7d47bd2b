import { env } from "cloudflare:workers";
import { dockerManifestList, imageIndex } from "../../image/referrers/image-index.ts";
import type { BuildAttestation } from "../../image/referrers/build-attestation.ts";
import type { JsonContent } from "../../image/referrers/json-content.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import { ALL_ARCHITECTURES, ARCHITECTURES } from "../../protocol/image-request.ts";
import { digestOf } from "../../protocol/digest.ts";
import { tagKey } from "../../protocol/storage-keys.ts";
import type { LeftOut, TagRecord } from "../../protocol/tag-record.ts";
import { storeAsManifest } from "./attached.ts";
import { latestOf, makeImage, storeInKv, storeInR2, tagRecord, type TestImage, type TestManifest } from "./images.ts";

/** The setting with which a plain name stands for a list. */
export const BOTH = { PLATFORMS: "amd64 arm64" };

/** What clients send that take lists in both formats, and single manifests. */
export const TAKES_LISTS = { Accept: "*/*" };
export const TAKES_NO_LIST = { Accept: "application/vnd.oci.image.manifest.v1+json" };

export interface TestList extends TestImage {
  /** The images in the list. */
  readonly images: Readonly<Partial<Record<Architecture, TestImage>>>;
}

/** Makes a list as the origin writes it. Its title makes its images unique. */
export async function makeList(title: string, architectures = ARCHITECTURES): Promise<TestList> {
  const images: Partial<Record<Architecture, TestImage>> = {};
  for (const architecture of architectures) images[architecture] = await makeImage(`${architecture}/${title}`);
  return listOf(images);
}

export async function listOf(
  images: TestList["images"],
  attestations: readonly BuildAttestation[] = [],
): Promise<TestList> {
  const platforms = (format: "oci" | "docker") =>
    ARCHITECTURES.flatMap((architecture) => {
      const manifest = images[architecture]?.[format];
      return manifest ? [{ architecture, manifest: { ...manifest, size: manifest.bytes.length } }] : [];
    });
  const [oci, docker] = [
    await imageIndex({ images: platforms("oci"), attestations }),
    await dockerManifestList(platforms("docker")),
  ];
  return { oci: toManifest(oci), docker: toManifest(docker), images };
}

function toManifest({ digest, mediaType, json }: JsonContent): TestManifest {
  return { digest, mediaType, bytes: new Uint8Array(new TextEncoder().encode(json)) };
}

/** Stores a text in R2 as a manifest of this type. */
export async function storeText(text: string, mediaType: string): Promise<TestManifest> {
  const bytes = new Uint8Array(new TextEncoder().encode(text));
  const digest = await digestOf(bytes);
  await storeAsManifest({ digest, json: text, mediaType, size: bytes.length });
  return { digest, mediaType, bytes };
}

/** Stores a list and its images in R2. */
export async function storeListInR2(list: TestList): Promise<void> {
  for (const image of [...Object.values(list.images), list]) await storeInR2(image);
}

/** Stores a list that was pulled before, with its images. `more` is added to its record. */
export async function storeList(
  name: string,
  list: TestList,
  more: Partial<TagRecord> = {},
  tag = "latest",
): Promise<void> {
  await storeListInR2(list);
  for (const image of [...Object.values(list.images), list]) await storeInKv(image);
  await env.KV.put(await listKey(name, tag), JSON.stringify({ ...tagRecord(list), ...more }));
  for (const [architecture, image] of Object.entries(list.images)) {
    const key = await tagKey({ ...latestOf(`${architecture}/${name}`), tag });
    await env.KV.put(key, JSON.stringify(tagRecord(image)));
  }
}

/** The key of a list's record. */
export function listKey(name: string, tag = "latest"): Promise<string> {
  return tagKey({ ...latestOf(name), tag, architecture: ALL_ARCHITECTURES });
}

export const NO_ARM64: LeftOut = { architecture: "arm64", reason: "no such package: git" };
