import { describe, expect, test } from "vitest";
import { dockerManifest, layoutFiles, localReference, parseIndex } from "../../cli/oci-layout.ts";
import { containing } from "../matchers.ts";
import { digestOf } from "./stored-image.ts";

const blob = (text: string) => ({ digest: digestOf(text), size: text.length });
const hex = (text: string) => digestOf(text).slice("sha256:".length);
const IMAGE = {
  name: "shell/git",
  tag: "main",
  revision: "r1",
  manifest: { ...blob("manifest"), text: "manifest" },
  config: blob("config"),
  layers: [blob("a"), blob("b"), blob("a")],
};

function textOf(path: string): unknown {
  const file = layoutFiles(IMAGE).find((candidate) => candidate.path === path);
  return file?.kind === "text" ? JSON.parse(file.text) : undefined;
}

test("the index names the image's manifest, name, tag and revision", () => {
  expect(textOf("oci-layout")).toEqual({ imageLayoutVersion: "1.0.0" });
  expect(textOf("index.json")).toEqual({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [
      {
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        ...blob("manifest"),
        annotations: {
          "io.containerd.image.name": "localhost/shell/git:main",
          "org.opencontainers.image.ref.name": "main",
          "org.opencontainers.image.revision": "r1",
        },
      },
    ],
  });
});

test("a layer that occurs twice is one file, and two layers for Docker", () => {
  expect(layoutFiles(IMAGE).filter(({ path }) => path.endsWith(hex("a")))).toHaveLength(1);
  expect(dockerManifest(IMAGE)).toMatchObject({
    path: "manifest.json",
    text: JSON.stringify([
      {
        Config: `blobs/sha256/${hex("config")}`,
        RepoTags: ["localhost/shell/git:main"],
        Layers: ["a", "b", "a"].map((text) => `blobs/sha256/${hex(text)}`),
      },
    ]),
  });
});

test("a name that engines would refuse is left out", () => {
  expect(localReference("a".repeat(245), "latest")).toBe(`localhost/${"a".repeat(245)}:latest`);
  const image = { ...IMAGE, name: "a".repeat(246) };
  expect(localReference(image.name, "latest")).toBeUndefined();
  expect(dockerManifest(image)).toMatchObject({ text: containing('"RepoTags":null') });
});

describe("an index", () => {
  const { digest } = blob("manifest");
  test.each([
    ["of one image", { manifests: [{ digest }] }, { manifest: digest, reference: undefined, revision: undefined }],
    ["of none", { manifests: [] }, undefined],
    ["of two", { manifests: [{ digest }, { digest }] }, undefined],
    ["without a digest", { manifests: [{}] }, undefined],
    ["whose digest is a path", { manifests: [{ digest: "sha256:../../etc/passwd" }] }, undefined],
    ["that is an array", [], undefined],
  ])("%s", (_, json, expected) => expect(parseIndex(JSON.stringify(json))).toEqual(expected));
});
