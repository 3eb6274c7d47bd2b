import { expect, test } from "vitest";
import { parseDigest } from "../../../protocol/digest.ts";
import { imageText } from "../../../worker/site/image-text.ts";

const digest = parseDigest(`sha256:${"0".repeat(64)}`);

test("the text of an image with a broken manifest has no layers", () => {
  const built = {
    manifests: { oci: digest, docker: digest },
    revision: "1",
    resolvedAt: "2025-11-28T12:00:00.000Z",
    manifest: { layers: [{ digest: [{ toString: null }], size: { valueOf: null } }] },
    config: null,
  };
  const info = {
    name: "git",
    tag: "latest",
    architecture: "amd64",
    platforms: ["amd64"],
    buildKey: "",
    built,
  } as const;
  expect(imageText(info, "registry.example")).not.toContain("layers");
});
