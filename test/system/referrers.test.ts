import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { artifact, type Artifact } from "../../image/referrers/artifact.ts";
import { attachedTag } from "../../image/referrers/attached-tags.ts";
import { buildAttestation } from "../../image/referrers/build-attestation.ts";
import { dockerManifestList, imageIndex } from "../../image/referrers/image-index.ts";
import { describeContent, type JsonContent, jsonContent } from "../../image/referrers/json-content.ts";
import { referrersIndex } from "../../image/referrers/referrers-index.ts";
import { statementArtifact } from "../../image/referrers/statement.ts";
import { jsonMembers, parseJson } from "../../protocol/json-object.ts";
import { memberAt, textAt } from "../json.ts";
import { PREDICATE_TYPE, provenanceOf, smallImage } from "../image/signatures/signed-image.ts";
import { removeFolder } from "../remove-folder.ts";
import { unpackDebian13 } from "./debian-13.ts";
import { output } from "./program.ts";
import { startStaticRegistry, type StaticRegistry } from "./static-registry.ts";

// Programs find what stands beside an image of two platforms, with the referrers API and without it.

let folder: string;
let oras: string;
let buildx: string;
let index: JsonContent;
let images: readonly JsonContent[];
let artifacts: readonly Artifact[];
let registry: StaticRegistry;
let withoutApi: StaticRegistry;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cornice-referrers-"));
  oras = join(await unpackDebian13(["oras"]), "usr/bin/oras");
  buildx = join(await unpackDebian13(["docker-buildx"]), "usr/libexec/docker/cli-plugins/docker-buildx");
  const [amd64, arm64] = await Promise.all([smallImage("for amd64"), smallImage("for arm64")]);
  images = [amd64.image, arm64.image];
  const attestations = await Promise.all(
    images.map(async (image) => buildAttestation(image.digest, [await provenanceOf(image)])),
  );
  const platforms = [
    { architecture: "arm64", manifest: arm64.image },
    { architecture: "amd64", manifest: amd64.image },
  ] as const;
  index = await imageIndex({ images: platforms, attestations });
  const list = await dockerManifestList(platforms);
  const subject = describeContent(index);
  const sbom = await jsonContent("application/spdx+json", '{"spdxVersion":"SPDX-2.3"}');
  artifacts = [
    await artifact({ subject, artifactType: sbom.mediaType, layers: [sbom] }),
    await statementArtifact(subject, await provenanceOf(index)),
  ];
  const stored = [...attestations, ...artifacts].flatMap(({ manifest, blobs }) => [manifest, ...blobs]);
  const contents = [index, list, ...images, amd64.config, arm64.config, ...stored];
  const referrers = await referrersIndex(artifacts.map(({ entry }) => entry));
  const tags = new Map([
    ["latest", index],
    ["docker", list],
  ]);
  registry = await startStaticRegistry({ contents, tags, referrers: new Map([[index.digest, referrers]]) });
  const fallback = new Map([...tags, [attachedTag("referrers", index.digest), referrers]]);
  withoutApi = await startStaticRegistry({ contents, tags: fallback, referrers: new Map() });
});

afterAll(async () => {
  await Promise.all([registry?.close(), withoutApi?.close()]);
  if (folder) await removeFolder(folder);
});

describe.each(["the referrers API", "the tag of the referrers"])("by %s", (way) => {
  test("oras discovers the artifacts of the index", async () => {
    const { host } = way === "the referrers API" ? registry : withoutApi;
    const found = parseJson(await output(oras, ["discover", "--plain-http", "--format", "json", `${host}/git:latest`]));
    const types = jsonMembers(memberAt(found, "manifests")).map((entry) => [
      textAt(entry, "digest"),
      textAt(entry, "artifactType"),
    ]);
    const expected = artifacts.map(({ entry }) => [entry.digest, entry.artifactType]);
    expect(Object.fromEntries(types)).toEqual(Object.fromEntries(expected));
  });
});

test("buildx shows the provenance of each platform", async () => {
  const image = `${registry.host}/git:latest`;
  const shown = parseJson(
    await output(buildx, ["imagetools", "inspect", image, "--format", "{{json .Provenance}}"], {
      env: { ...process.env, HOME: folder },
    }),
  );
  for (const platform of ["linux/amd64", "linux/arm64"])
    expect(textAt(shown, platform, "SLSA", "runDetails", "builder", "id")).toBe("https://registry.example/");
});

test.each(["latest", "docker"])("skopeo copies all platforms of the list %s", async (tag) => {
  const target = `oci:${join(folder, tag)}`;
  await output("skopeo", ["copy", "--all", "--src-tls-verify=false", `docker://${registry.host}/git:${tag}`, target]);
});

test.each([
  ["amd64", "for amd64"],
  ["arm64", "for arm64"],
])("skopeo takes the image of %s", async (architecture, name) => {
  const image = `docker://${registry.host}/git:latest`;
  const config = await output("skopeo", [
    "inspect",
    "--config",
    "--tls-verify=false",
    "--override-arch",
    architecture,
    image,
  ]);
  expect(textAt(parseJson(config), "config", "Labels", "name")).toBe(name);
});

test("the predicate type of the artifact is an annotation", () => {
  expect(artifacts[1]?.entry.annotations).toEqual({ "in-toto.io/predicate-type": PREDICATE_TYPE });
});
