import { describe, expect, test } from "vitest";
import { MEDIA_TYPES } from "../../../protocol/media-types.ts";
import { buildAttestation } from "../../../image/referrers/build-attestation.ts";
import { dockerManifestList, imageIndex } from "../../../image/referrers/image-index.ts";
import { statement } from "../../../image/referrers/statement.ts";
import { digestOfDigit, manifestOf } from "./documents.ts";

const AMD64 = { architecture: "amd64", manifest: manifestOf("a") } as const;
const ARM64 = { architecture: "arm64", manifest: manifestOf("b") } as const;

const json = (list: string, manifest: string, rest = "") =>
  `{"schemaVersion":2,"mediaType":"${list}","manifests":[` +
  `{"mediaType":"${manifest}","digest":"${digestOfDigit("a")}","size":1000,"platform":{"architecture":"amd64","os":"linux"}},` +
  `{"mediaType":"${manifest}","digest":"${digestOfDigit("b")}","size":1000,"platform":{"architecture":"arm64","os":"linux","variant":"v8"}}` +
  `]${rest}}`;

describe("the JSON is fixed to the byte", () => {
  test.each([
    ["", [AMD64, ARM64]],
    ["in another order", [ARM64, AMD64]],
  ])("for OCI %s", async (_, images) => {
    const index = await imageIndex({ images });
    expect(index.mediaType).toBe("application/vnd.oci.image.index.v1+json");
    expect(index.json).toBe(json(index.mediaType, MEDIA_TYPES.oci.manifest));
  });

  test("with annotations", async () => {
    const { json: text, mediaType } = await imageIndex({ images: [AMD64, ARM64], annotations: { b: "2", a: "1" } });
    expect(text).toBe(json(mediaType, MEDIA_TYPES.oci.manifest, ',"annotations":{"a":"1","b":"2"}'));
  });

  test("for Docker", async () => {
    const images = [ARM64, AMD64].map(({ architecture, manifest }) => ({
      architecture,
      manifest: { ...manifest, mediaType: MEDIA_TYPES.docker.manifest },
    }));
    const list = await dockerManifestList(images);
    expect(list.mediaType).toBe("application/vnd.docker.distribution.manifest.list.v2+json");
    expect(list.json).toBe(json(list.mediaType, MEDIA_TYPES.docker.manifest));
  });
});

test("attestations come behind the images, and their order does not count", async () => {
  const attestations = await Promise.all(
    [AMD64, ARM64].map(async ({ manifest }) =>
      buildAttestation(manifest.digest, [
        await statement({ subjects: [manifest], predicateType: "https://x.example", predicate: {} }),
      ]),
    ),
  );
  const index = await imageIndex({ images: [AMD64, ARM64], attestations });
  const other = await imageIndex({ images: [AMD64, ARM64], attestations: attestations.toReversed() });
  expect(other).toEqual(index);
  expect(index.json.indexOf('"unknown"')).toBeGreaterThan(index.json.indexOf(ARM64.manifest.digest));
  for (const { manifest } of attestations) expect(index.json).toContain(manifest.digest);
});

test.each([
  ["no image", [], "an index needs an image"],
  ["two images of one architecture", [AMD64, AMD64], "an index has one image for each architecture"],
])("%s is an error", async (_, images, message) => {
  await expect(imageIndex({ images })).rejects.toThrow(message);
  await expect(dockerManifestList(images)).rejects.toThrow(message);
});
