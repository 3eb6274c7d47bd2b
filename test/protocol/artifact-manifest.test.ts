import { describe, expect, test } from "vitest";
import { parseArtifactManifest } from "../../protocol/artifact-manifest.ts";
import { sha256Digest } from "../../protocol/digest.ts";

const LAYER = { mediaType: "application/x", digest: sha256Digest("1".repeat(64)), size: 1 };
const CONFIG = { mediaType: "application/vnd.oci.empty.v1+json", digest: sha256Digest("2".repeat(64)), size: 2 };
const MANIFEST = { mediaType: "application/vnd.oci.image.manifest.v1+json", config: CONFIG, layers: [LAYER] };

test("an image without artifact members is read, too", () => {
  expect(parseArtifactManifest(JSON.stringify(MANIFEST))).toEqual({ layers: [LAYER] });
});

test("all members of an artifact are read, and unknown ones are left out", () => {
  const annotations = { a: "1" };
  const subject = { ...CONFIG, artifactType: "application/y", annotations };
  const text = JSON.stringify({ ...MANIFEST, artifactType: "application/x", subject, annotations, more: 1 });
  expect(parseArtifactManifest(text)).toEqual({ artifactType: "application/x", subject, annotations, layers: [LAYER] });
});

describe("a malformed member makes the manifest unusable", () => {
  test.each([
    ["no JSON", "{"],
    ["no config", { ...MANIFEST, config: undefined }],
    ["a layer without a media type", { ...MANIFEST, layers: [{ ...LAYER, mediaType: undefined }] }],
    ["a layer without a digest", { ...MANIFEST, layers: [{ ...LAYER, digest: "x" }] }],
    ["annotations of a layer that are no object", { ...MANIFEST, layers: [{ ...LAYER, annotations: "x" }] }],
    ["a subject that is null", { ...MANIFEST, subject: null }],
    ["a subject without a size", { ...MANIFEST, subject: { ...LAYER, size: "1" } }],
    ["an artifact type that is no text", { ...MANIFEST, artifactType: 1 }],
    ["an annotation that is no text", { ...MANIFEST, annotations: { a: null } }],
    ["too large", { ...MANIFEST, annotations: { a: "x".repeat(4_194_304) } }],
  ])("%s", (_, value) => {
    expect(parseArtifactManifest(typeof value === "string" ? value : JSON.stringify(value))).toBeNull();
  });
});
