import { expect, test } from "vitest";
import { digestOf } from "../../../protocol/digest.ts";
import { parseArtifactManifest } from "../../../protocol/artifact-manifest.ts";
import { artifact } from "../../../image/referrers/artifact.ts";
import { jsonContent } from "../../../image/referrers/json-content.ts";
import { matching } from "../../matchers.ts";
import { digestOfDigit, manifestOf } from "./documents.ts";

const SUBJECT = manifestOf("a");
const SBOM = await jsonContent("application/spdx+json", "{}");
const ANNOTATIONS = { b: "2", a: "1" };

test("the manifest is fixed to the byte", async () => {
  const { manifest } = await artifact({
    subject: SUBJECT,
    artifactType: SBOM.mediaType,
    layers: [SBOM],
    annotations: ANNOTATIONS,
  });
  // The digest of `{}` stands in the specification, too.
  const empty = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
  expect(manifest.json).toBe(
    `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"application/spdx+json",` +
      `"config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"${empty}","size":2},` +
      `"layers":[{"mediaType":"application/spdx+json","digest":"${empty}","size":2}],` +
      `"subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"${digestOfDigit("a")}","size":1000},` +
      `"annotations":{"a":"1","b":"2"}}`,
  );
  expect(manifest.digest).toBe(await digestOf(new TextEncoder().encode(manifest.json)));
});

test("the reader of artifacts reads it", async () => {
  const { manifest } = await artifact({ subject: SUBJECT, artifactType: "application/x", layers: [SBOM] });
  expect(parseArtifactManifest(manifest.json)).toEqual({
    artifactType: "application/x",
    subject: SUBJECT,
    layers: [{ mediaType: SBOM.mediaType, digest: SBOM.digest, size: 2 }],
  });
});

test("the entry repeats type and annotations, in the order of their names", async () => {
  const { entry, manifest } = await artifact({
    subject: SUBJECT,
    artifactType: "application/x",
    layers: [SBOM],
    annotations: ANNOTATIONS,
  });
  expect(JSON.stringify(entry)).toBe(
    `{"mediaType":"${manifest.mediaType}","digest":"${manifest.digest}","size":${manifest.size},` +
      `"annotations":{"a":"1","b":"2"},"artifactType":"application/x"}`,
  );
});

test("each blob comes once, the config among them", async () => {
  const layer = await jsonContent("application/x", '{"a":1}');
  const { blobs } = await artifact({ subject: SUBJECT, artifactType: "application/x", layers: [layer, layer] });
  expect(blobs.map(({ json }) => json)).toEqual(["{}", '{"a":1}']);
});

test("the annotations of the subject are not repeated", async () => {
  const subject = { ...SUBJECT, annotations: { secret: "x" } };
  const { manifest } = await artifact({ subject, artifactType: "application/x", layers: [SBOM] });
  expect(manifest.json).not.toContain("secret");
});

test("a manifest that is too large for clients is an error", async () => {
  const annotations = { a: "x".repeat(4_194_304) };
  await expect(
    artifact({ subject: SUBJECT, artifactType: "application/x", layers: [SBOM], annotations }),
  ).rejects.toMatchObject({ message: matching(/^clients refuse a manifest of \d+ bytes$/) });
});
