import { expect, test } from "vitest";
import { buildAttestation } from "../../../image/referrers/build-attestation.ts";
import { statement } from "../../../image/referrers/statement.ts";
import { digestOfDigit } from "./documents.ts";

const IMAGE = digestOfDigit("a");
const PROVENANCE = await statement({
  subjects: [{ digest: IMAGE }],
  predicateType: "https://slsa.dev/provenance/v1",
  predicate: {},
});
const SBOM = await statement({
  subjects: [{ digest: IMAGE }],
  predicateType: "https://spdx.dev/Document",
  predicate: {},
});

test("the config is BuildKit's", async () => {
  const { blobs } = await buildAttestation(IMAGE, [PROVENANCE, SBOM]);
  expect(blobs[0]?.json).toBe(
    `{"architecture":"unknown","os":"unknown","config":{},` +
      `"rootfs":{"type":"layers","diff_ids":["${PROVENANCE.digest}","${SBOM.digest}"]}}`,
  );
});

test("each layer is a statement, with its predicate type", async () => {
  const { manifest, blobs } = await buildAttestation(IMAGE, [PROVENANCE, SBOM]);
  const [config] = blobs;
  const layer = ({ digest, size, predicateType }: typeof SBOM) =>
    `{"mediaType":"application/vnd.in-toto+json","digest":"${digest}","size":${size},` +
    `"annotations":{"in-toto.io/predicate-type":"${predicateType}"}}`;
  expect(manifest.json).toBe(
    `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",` +
      `"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"${config?.digest}","size":${config?.size}},` +
      `"layers":[${layer(PROVENANCE)},${layer(SBOM)}]}`,
  );
  expect(blobs.slice(1)).toEqual([PROVENANCE, SBOM]);
});

test("the entry names the image, and a platform that no client has", async () => {
  const { manifest, entry } = await buildAttestation(IMAGE, [PROVENANCE]);
  expect(entry).toEqual({
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.size,
    annotations: {
      "vnd.docker.reference.type": "attestation-manifest",
      "vnd.docker.reference.digest": IMAGE,
    },
    platform: { architecture: "unknown", os: "unknown" },
  });
});
