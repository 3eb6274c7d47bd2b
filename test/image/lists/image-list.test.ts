import { describe, expect, test } from "vitest";
import type { ListedImage } from "../../../image/lists/described-image.ts";
import { imageList } from "../../../image/lists/image-list.ts";
import { parseArtifactManifest } from "../../../protocol/artifact-manifest.ts";
import { LIST_MEDIA_TYPES } from "../../../protocol/media-types.ts";
import { listAt, memberAt, textAt } from "../../json.ts";
import { GIT, GLIBC, OPENSSL } from "../facts/facts.ts";
import { listedImage } from "./images.ts";

const [AMD64, ARM64] = [await listedImage("amd64"), await listedImage("arm64")];
const BOTH = await imageList([AMD64, ARM64], []);
const LACKS_ARM64 = [{ architecture: "arm64", reason: "git is not available for arm64" }] as const;

const entriesOf = (json: string) => listAt(JSON.parse(json), "manifests");
const architecturesOf = (json: string) => entriesOf(json).map((entry) => textAt(entry, "platform", "architecture"));

test("golden: the same images have the same list, on every machine and every day", () => {
  const { oci, docker } = BOTH.manifests;
  expect(oci.digest).toBe("sha256:f58304fe249c4b77cd94e579bd6c4e580105b856eb12b25e7cbe4a8e0282519f");
  expect(docker.digest).toBe("sha256:23a1d65bdf2794db43119b871d16483306410221993d144dd28944e95a4e8f5b");
});

test("the index has both images, and what is said of them", () => {
  const { oci } = BOTH.manifests;
  expect(oci.mediaType).toBe(LIST_MEDIA_TYPES.oci);
  expect(architecturesOf(oci.json)).toEqual(["amd64", "arm64", "unknown", "unknown"]);
  expect(entriesOf(oci.json).slice(0, 2)).toMatchObject([
    { digest: AMD64.manifests.oci.digest, size: AMD64.manifests.oci.json.length },
    { digest: ARM64.manifests.oci.digest, size: ARM64.manifests.oci.json.length },
  ]);
});

test("Docker's list has the images alone, in Docker's format", () => {
  const { docker } = BOTH.manifests;
  expect(docker.mediaType).toBe(LIST_MEDIA_TYPES.docker);
  expect(entriesOf(docker.json)).toMatchObject([
    { digest: AMD64.manifests.docker.digest, mediaType: AMD64.manifests.docker.mediaType },
    { digest: ARM64.manifests.docker.digest, mediaType: ARM64.manifests.docker.mediaType },
  ]);
});

test("the order of the images makes no difference", async () => {
  expect((await imageList([ARM64, AMD64], [])).manifests).toEqual(BOTH.manifests);
});

test("with zstd, clients of both formats get the index", async () => {
  const { oci, docker } = (await imageList([await listedImage("amd64", "zstd")], [])).manifests;
  expect(docker).toEqual(oci);
});

describe("an architecture that is left out", () => {
  test("is named in the index, with the reason", async () => {
    const { oci, docker } = (await imageList([AMD64], LACKS_ARM64)).manifests;
    expect(memberAt(JSON.parse(oci.json), "annotations")).toEqual({
      "cornice.left-out.arm64": "git is not available for arm64",
    });
    expect(architecturesOf(docker.json)).toEqual(["amd64"]);
  });

  test("changes the index, and not Docker's list, which has no annotations", async () => {
    const without = (await imageList([AMD64], LACKS_ARM64)).manifests;
    const alone = (await imageList([AMD64], [])).manifests;
    expect(without.oci.digest).not.toBe(alone.oci.digest);
    expect(without.docker.digest).toBe(alone.docker.digest);
  });
});

describe("what is said of an image", () => {
  const statementsOf = () => {
    const [attestation] = BOTH.attestations;
    const layers = parseArtifactManifest(attestation?.manifest.json ?? "")?.layers ?? [];
    return layers.map(({ digest }) => {
      const json: unknown = JSON.parse(attestation?.blobs.find((blob) => blob.digest === digest)?.json ?? "");
      return json;
    });
  };

  test("is about the image's own manifest", () => {
    const hex = AMD64.manifests.oci.digest.slice("sha256:".length);
    for (const statement of statementsOf()) expect(listAt(statement, "subject")).toEqual([{ digest: { sha256: hex } }]);
  });

  test("is its bill of materials as it is", () => {
    const [bill] = statementsOf();
    expect(memberAt(bill, "predicateType")).toBe("https://spdx.dev/Document");
    expect(memberAt(bill, "predicate")).toEqual(JSON.parse(AMD64.spdx ?? ""));
  });

  test("is a provenance with the packages and all store paths", () => {
    const [, provenance] = statementsOf();
    expect(memberAt(provenance, "predicateType")).toBe("https://slsa.dev/provenance/v1");
    expect(memberAt(provenance, "predicate", "buildDefinition", "externalParameters")).toEqual({
      name: "git",
      architecture: "amd64",
    });
    const sums = { sha256: "c".repeat(64) };
    expect(listAt(provenance, "predicate", "buildDefinition", "resolvedDependencies")).toMatchObject([
      { uri: `path:${GIT}`, digest: sums },
      { uri: `path:${GLIBC}`, digest: sums },
      { uri: `path:${OPENSSL}` },
    ]);
  });

  test.each([
    ["nobody describes images", undefined],
    ["its document is no JSON", "{"],
    ["its document is malformed", '{"name":"git"}'],
  ])("is left out if %s", async (_, spdx) => {
    const { attestations, manifests } = await imageList([{ ...AMD64, spdx }, ARM64], []);
    expect(attestations).toHaveLength(1);
    expect(architecturesOf(manifests.oci.json)).toEqual(["amd64", "arm64", "unknown"]);
  });
});

test("a manifest with other bytes than its digest says is refused", async () => {
  const { oci, docker } = AMD64.manifests;
  const altered: ListedImage = { ...AMD64, manifests: { docker, oci: { ...oci, json: `${oci.json} ` } } };
  await expect(imageList([altered], [])).rejects.toThrow("has other bytes");
});
