import { describe, expect, test } from "vitest";
import { parseReferrersIndex } from "../../../image/referrers/referrers-index.ts";
import { attachmentsOf } from "../../../image/trust/attachments.ts";
import { documentsOf } from "../../../image/trust/image-documents.ts";
import { signRecord } from "../../../image/trust/sign-record.ts";
import { CURRENT, DOCKER, FORMER, OCI, SIGNED, UNSIGNED } from "./records.ts";

const typesOf = (json: string) => (parseReferrersIndex(json) ?? []).map(({ artifactType }) => artifactType);
const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";

test("the first subject has documents and signatures, the other one signatures", async () => {
  const [oci, docker] = await attachmentsOf(SIGNED);
  expect([oci?.subject, docker?.subject]).toEqual([OCI, DOCKER]);
  expect(typesOf(oci?.referrers.json ?? "")).toEqual([
    "application/spdx+json",
    "application/vnd.cyclonedx+json",
    ...Array.from({ length: 4 }, () => BUNDLE),
    "application/vnd.in-toto+json",
  ]);
  expect(typesOf(docker?.referrers.json ?? "")).toEqual([BUNDLE]);
  expect([oci?.attestations !== undefined, docker?.attestations]).toEqual([true, undefined]);
  expect([oci?.signatures !== undefined, docker?.signatures !== undefined]).toEqual([true, true]);
});

test("all names lead to artifacts, and all artifacts have their blobs", async () => {
  for (const { artifacts, signatures, attestations, referrers } of await attachmentsOf(SIGNED)) {
    const manifests = new Set(artifacts.map(({ manifest }) => manifest.digest));
    for (const { digest } of [signatures, attestations].filter((each) => each !== undefined))
      expect(manifests).toContain(digest);
    for (const { digest } of parseReferrersIndex(referrers.json) ?? []) expect(manifests).toContain(digest);
    for (const { manifest, blobs } of artifacts) {
      const subject = /"subject":\{.*?\}/;
      const named = manifest.json.replace(subject, "").match(/sha256:[0-9a-f]{64}/g);
      expect(new Set(named)).toEqual(new Set(blobs.map(({ digest }) => digest)));
    }
  }
});

test("the attachments of a record never change", async () => {
  const digests = (await attachmentsOf(SIGNED)).map(({ referrers, signatures }) => [referrers, signatures]);
  expect(digests).toMatchSnapshot();
});

test("without a key, an image has its documents alone", async () => {
  const [oci, docker] = await attachmentsOf({ ...UNSIGNED, keys: [] });
  expect(typesOf(oci?.referrers.json ?? "")).toHaveLength(3);
  expect([oci?.signatures, oci?.attestations, docker?.artifacts]).toEqual([undefined, undefined, []]);
});

describe("after a change of the key", () => {
  test("the signatures of both keys stand there, those of the new key first", async () => {
    const before = await signRecord(UNSIGNED, [FORMER]);
    const after = await signRecord(UNSIGNED, [CURRENT], before.keys);
    expect(after.keys.map(({ keyId }) => keyId)).toEqual(["current", "former"]);
    const [oci] = await attachmentsOf(after);
    expect(typesOf(oci?.referrers.json ?? "").filter((type) => type === BUNDLE)).toHaveLength(8);
  });

  test("a key that signs again has new signatures only", async () => {
    expect((await signRecord(UNSIGNED, [CURRENT], SIGNED.keys)).keys).toHaveLength(1);
  });

  test("a key that has not signed these documents is dropped", async () => {
    const before = await signRecord({ ...UNSIGNED, documents: undefined }, [FORMER]);
    expect((await signRecord(UNSIGNED, [CURRENT], before.keys)).keys).toHaveLength(1);
  });
});

test("a record that lacks a signature has no attachments", async () => {
  const documents = await documentsOf({ spdx: "{}", cyclonedx: "{}", provenance: "{}" });
  await expect(attachmentsOf({ ...SIGNED, documents })).rejects.toThrow("has not signed all of the image");
});

test("each text is signed once", () => {
  expect(new Set(CURRENT.signed).size).toBe(7);
});
