import { describe, expect, test } from "vitest";
import { dockerManifestList, imageIndex } from "../../image/referrers/image-index.ts";
import { buildAttestation } from "../../image/referrers/build-attestation.ts";
import { referrersIndex } from "../../image/referrers/referrers-index.ts";
import { statement } from "../../image/referrers/statement.ts";
import { sha256Digest } from "../../protocol/digest.ts";
import { parseImageList } from "../../protocol/image-list.ts";
import { MAX_MANIFEST_BYTES } from "../../protocol/manifest.ts";
import { MEDIA_TYPES, OCI_INDEX_MEDIA_TYPE } from "../../protocol/media-types.ts";

const [AMD64, ARM64] = [sha256Digest("1".repeat(64)), sha256Digest("2".repeat(64))];
const IMAGES = [
  { architecture: "amd64", manifest: { mediaType: MEDIA_TYPES.oci.manifest, digest: AMD64, size: 1 } },
  { architecture: "arm64", manifest: { mediaType: MEDIA_TYPES.oci.manifest, digest: ARM64, size: 2 } },
] as const;
const LISTED = [
  { architecture: "amd64", digest: AMD64, size: 1 },
  { architecture: "arm64", digest: ARM64, size: 2 },
];
const LINUX = { os: "linux", architecture: "amd64" };
const ENTRY = { mediaType: MEDIA_TYPES.oci.manifest, digest: AMD64, size: 1, platform: LINUX };

function listOf(...manifests: readonly unknown[]): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX_MEDIA_TYPE, manifests });
}

test("Docker's list has its images, in their order", async () => {
  expect(parseImageList((await dockerManifestList(IMAGES)).json)).toEqual({ images: LISTED, attestations: [] });
});

test("an index has its images, and apart from them its attestations", async () => {
  const made = await statement({ subjects: [{ digest: AMD64 }], predicateType: "t", predicate: {} });
  const attestation = await buildAttestation(AMD64, [made]);
  const { digest, size } = attestation.manifest;
  const index = await imageIndex({ images: IMAGES, attestations: [attestation] });
  expect(parseImageList(index.json)).toEqual({ images: LISTED, attestations: [{ digest, size }] });
});

test("a list of one image is a list", async () => {
  const { json } = await imageIndex({ images: IMAGES.slice(1), annotations: { "a.b": "no arm64" } });
  expect(parseImageList(json)?.images).toEqual(LISTED.slice(1));
});

describe("is no list of images:", () => {
  test("a list of referrers", async () => {
    const entry = { mediaType: MEDIA_TYPES.oci.manifest, digest: AMD64, size: 1, artifactType: "m" };
    expect(parseImageList((await referrersIndex([entry])).json)).toBeNull();
  });

  test.each<[what: string, text: string]>([
    ["no JSON", "["],
    ["a manifest", JSON.stringify({ ...JSON.parse(listOf(ENTRY)), mediaType: MEDIA_TYPES.oci.manifest })],
    ["a list without a type", JSON.stringify({ manifests: [ENTRY] })],
    ["a list without images", listOf()],
    ["a list of attestations alone", listOf({ ...ENTRY, platform: { os: "unknown", architecture: "unknown" } })],
    ["a list with two images for one platform", listOf(ENTRY, { ...ENTRY, digest: ARM64 })],
    ["a list for another system", listOf(ENTRY, { ...ENTRY, platform: { ...LINUX, os: "windows" } })],
    ["a list for another architecture", listOf(ENTRY, { ...ENTRY, platform: { ...LINUX, architecture: "s390x" } })],
    ["an entry without a platform", listOf({ ...ENTRY, platform: undefined })],
    ["an entry without a digest", listOf(ENTRY, { ...ENTRY, digest: "sha256:0" })],
    ["an entry of null", listOf(null)],
    [
      "many attestations",
      listOf(ENTRY, ...Array.from({ length: 9 }, () => ({ ...ENTRY, platform: { os: "unknown" } }))),
    ],
    ["a text that is too long", listOf(ENTRY) + " ".repeat(MAX_MANIFEST_BYTES)],
  ])("%s", (_, text) => {
    expect(parseImageList(text)).toBeNull();
  });
});
