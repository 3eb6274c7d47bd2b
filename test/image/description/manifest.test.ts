import { describe, expect, test } from "vitest";
import { digestOf, sha256Digest } from "../../../protocol/digest.ts";
import { imageManifests } from "../../../image/description/manifest.ts";
import { manifestBlobs, parseManifestText } from "../../../protocol/manifest.ts";
import { matching } from "../../matchers.ts";

const CONFIG = { digest: sha256Digest("c".repeat(64)), size: 7 };
const LAYERS = [
  { digest: sha256Digest("1".repeat(64)), size: 1 },
  { digest: sha256Digest("2".repeat(64)), size: 22 },
];

const GZIP = { layers: LAYERS, compression: "gzip" } as const;

describe("the JSON is fixed to the byte", () => {
  // If it must change, raise FORMAT_VERSION in image/layers/format-version.ts.
  const json = (manifest: string, config: string, layer: string) =>
    `{"schemaVersion":2,"mediaType":"${manifest}",` +
    `"config":{"mediaType":"${config}","digest":"sha256:${"c".repeat(64)}","size":7},"layers":[` +
    `{"mediaType":"${layer}","digest":"sha256:${"1".repeat(64)}","size":1},` +
    `{"mediaType":"${layer}","digest":"sha256:${"2".repeat(64)}","size":22}]}`;

  test("for OCI", async () => {
    const { oci } = await imageManifests(CONFIG, GZIP);
    expect(oci.mediaType).toBe("application/vnd.oci.image.manifest.v1+json");
    expect(oci.json).toBe(
      json(
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.oci.image.layer.v1.tar+gzip",
      ),
    );
  });

  test("for OCI, with zstd", async () => {
    const { oci } = await imageManifests(CONFIG, { ...GZIP, compression: "zstd" });
    expect(oci.json).toBe(
      json(
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.oci.image.layer.v1.tar+zstd",
      ),
    );
  });

  test("for Docker, with zstd: the OCI manifest, because Docker has no media type for zstd", async () => {
    const { oci, docker } = await imageManifests(CONFIG, { ...GZIP, compression: "zstd" });
    expect(docker).toEqual(oci);
  });

  test("for Docker", async () => {
    const { docker } = await imageManifests(CONFIG, GZIP);
    expect(docker.mediaType).toBe("application/vnd.docker.distribution.manifest.v2+json");
    expect(docker.json).toBe(
      json(
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.container.image.v1+json",
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
      ),
    );
  });
});

test.each(["oci", "docker"] as const)("the digest of the %s manifest is the digest of its JSON", async (format) => {
  const { digest, json } = (await imageManifests(CONFIG, GZIP))[format];
  expect(digest).toBe(await digestOf(new TextEncoder().encode(json)));
});

test("the blobs of a manifest are its config and its layers", async () => {
  const { oci } = await imageManifests(CONFIG, GZIP);
  const manifest = parseManifestText(oci.json);
  expect(manifest && manifestBlobs(manifest)).toMatchObject([CONFIG, ...LAYERS]);
});

test("a manifest that is too large for clients is an error", async () => {
  const layers = Array.from({ length: 30_000 }, () => ({ digest: sha256Digest("1".repeat(64)), size: 1 }));
  await expect(imageManifests(CONFIG, { layers, compression: "gzip" })).rejects.toMatchObject({
    message: matching(/^clients refuse a manifest of \d+ bytes$/),
  });
});
