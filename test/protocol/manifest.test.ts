import { describe, expect, test } from "vitest";
import { sha256Digest } from "../../protocol/digest.ts";
import {
  compressedSize,
  manifestBlobs,
  MAX_MANIFEST_BYTES,
  parseDescriptor,
  parseManifest,
  parseManifestText,
} from "../../protocol/manifest.ts";
import { MEDIA_TYPES, OCI_INDEX_MEDIA_TYPE } from "../../protocol/media-types.ts";

const CONFIG = { digest: sha256Digest("c".repeat(64)), size: 10 };
const LAYER = { digest: sha256Digest("1".repeat(64)), size: 100 };
const ROOT = { digest: sha256Digest("2".repeat(64)), size: 50 };
const IMAGE = { mediaType: MEDIA_TYPES.oci.manifest, config: CONFIG, layers: [LAYER, ROOT] };

describe("a manifest", () => {
  test("has a config and layers", () => {
    const manifest = parseManifest({ schemaVersion: 2, ...IMAGE });
    expect(manifest).toEqual(IMAGE);
    expect(manifest && manifestBlobs(manifest)).toEqual([CONFIG, LAYER, ROOT]);
    expect(manifest && compressedSize(manifest)).toBe(160);
  });

  test.each([
    ["of Docker", { ...IMAGE, mediaType: MEDIA_TYPES.docker.manifest }],
    ["without a media type", { config: CONFIG, layers: [LAYER] }],
    ["without layers", { ...IMAGE, layers: [] }],
  ])("may be a manifest %s", (_, image) => {
    expect(parseManifest(image)).toEqual(image);
  });

  test.each([
    null,
    [],
    "manifest",
    {},
    { layers: [] },
    { config: CONFIG },
    { ...IMAGE, config: {} },
    { ...IMAGE, layers: { 0: LAYER, length: 1 } },
    { ...IMAGE, layers: [LAYER, null] },
    { ...IMAGE, layers: [LAYER, { digest: "sha256:1", size: 1 }] },
    { ...IMAGE, mediaType: OCI_INDEX_MEDIA_TYPE },
    { ...IMAGE, mediaType: null },
  ])("is not %j", (value) => {
    expect(parseManifest(value)).toBeNull();
  });

  test("is read from a text, unless the text is longer than clients accept", () => {
    const text = JSON.stringify(IMAGE);
    expect(parseManifestText(text)).toEqual(IMAGE);
    expect(parseManifestText(text.padEnd(MAX_MANIFEST_BYTES))).toEqual(IMAGE);
    expect(parseManifestText(text.padEnd(MAX_MANIFEST_BYTES + 1))).toBeNull();
    expect(parseManifestText(text.slice(1))).toBeNull();
    expect(parseManifestText("[".repeat(MAX_MANIFEST_BYTES))).toBeNull();
  });
});

describe("a descriptor", () => {
  test("loses unknown members", () => {
    expect(parseDescriptor({ mediaType: "x", ...LAYER, annotations: {} })).toEqual(LAYER);
    expect(parseDescriptor({ ...LAYER, size: 0 })).toEqual({ ...LAYER, size: 0 });
  });

  test.each([-1, 0.5, 2 ** 53, "1", null, undefined])("cannot have the size %j", (size) => {
    expect(parseDescriptor({ ...LAYER, size })).toBeNull();
  });
});
