import { expect, test } from "vitest";
import { parseDigest } from "../../../protocol/digest.ts";
import type { BuiltImage } from "../../../protocol/web-api.ts";
import { imageText } from "../../../worker/site/image-text.ts";

const digest = parseDigest(`sha256:${"0".repeat(64)}`);

const BUILT = {
  manifests: { oci: digest, docker: digest },
  revision: "1",
  resolvedAt: "2025-11-28T12:00:00.000Z",
  manifest: null,
  config: null,
};

function textOf(built: BuiltImage): string {
  const info = {
    name: "git",
    tag: "latest",
    architecture: "amd64",
    platforms: ["amd64"],
    buildKey: "",
    built,
  } as const;
  return imageText(info, "registry.example");
}

test("the text of an image with a broken manifest has no layers", () => {
  const manifest = { layers: [{ digest: [{ toString: null }], size: { valueOf: null } }] };
  expect(textOf({ ...BUILT, manifest })).not.toContain("layers");
});

test("the text has the addresses of the image's documents, and the keys that have signed it", () => {
  const text = textOf({ ...BUILT, trust: { keyIds: ["AAAA="], documents: ["spdx", "provenance"] } });
  expect(text).toMatch(/^signed by +AAAA=$/m);
  expect(text).toMatch(new RegExp(`^spdx +registry.example/api/documents/${digest}/spdx$`, "m"));
  expect(text).toMatch(new RegExp(`^provenance +registry.example/api/documents/${digest}/provenance$`, "m"));
});
