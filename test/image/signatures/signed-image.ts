import type { ContentDescriptor } from "../../../protocol/artifact-manifest.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { imageManifests } from "../../../image/description/manifest.ts";
import { artifact, type Artifact } from "../../../image/referrers/artifact.ts";
import { describeContent, type JsonContent, jsonContent } from "../../../image/referrers/json-content.ts";
import { statement, type Statement } from "../../../image/referrers/statement.ts";
import { cosignAttestations } from "../../../image/signatures/cosign-attestations.ts";
import type { TaggedManifest } from "../../../image/signatures/cosign-manifest.ts";
import { cosignSignatures } from "../../../image/signatures/cosign-signatures.ts";
import { signStatement } from "../../../image/signatures/dsse-envelope.ts";
import { bundledSignatures, bundledStatement } from "../../../image/signatures/sigstore-bundle.ts";
import type { Signers } from "../../../image/signing-keys/signer.ts";

export const REFERENCE = "registry.example/shell/git";
export const PREDICATE_TYPE = "https://slsa.dev/provenance/v1";

/** An image with everything that can be signed about it. */
export interface SignedImage {
  readonly image: JsonContent;
  readonly config: JsonContent;
  readonly descriptor: ContentDescriptor;
  readonly signatures: TaggedManifest;
  readonly attestations: TaggedManifest;
  /** Bundles, and an artifact of another kind. */
  readonly referrers: readonly Artifact[];
}

/** An image without layers, and a config of its own, so that each name gives another digest. */
export async function smallImage(
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<{ image: JsonContent; config: JsonContent }> {
  const json = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    config: { Labels: { name, ...labels } },
    rootfs: { type: "layers", diff_ids: [] },
  });
  const config = await jsonContent("application/vnd.oci.image.config.v1+json", json);
  const { oci } = await imageManifests(config, { layers: [], compression: "gzip" });
  return { image: await jsonContent(oci.mediaType, oci.json), config };
}

/** A descriptor of an image that need not exist. */
export const ABSENT_IMAGE: ContentDescriptor = {
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  digest: sha256Digest("ab".repeat(32)),
  size: 1234,
};

export async function provenanceOf(image: Pick<ContentDescriptor, "digest">): Promise<Statement> {
  return statement({
    subjects: [{ name: REFERENCE, digest: image.digest }],
    predicateType: PREDICATE_TYPE,
    predicate: {
      buildDefinition: { buildType: "https://registry.example/nix/v1", externalParameters: { packages: ["git"] } },
      runDetails: { builder: { id: "https://registry.example/" } },
    },
  });
}

export async function signedImage(
  signers: Signers,
  reference = REFERENCE,
  labels: Readonly<Record<string, string>> = {},
): Promise<SignedImage> {
  const { image, config } = await smallImage("git", labels);
  const descriptor = describeContent(image);
  const made = await signStatement(await provenanceOf(image), signers);
  const document = await jsonContent("application/spdx+json", '{"spdxVersion":"SPDX-2.3"}');
  return {
    image,
    config,
    descriptor,
    signatures: await cosignSignatures({ image: image.digest, reference, signers }),
    attestations: await cosignAttestations({ image: image.digest, statements: [made] }),
    referrers: [
      ...(await bundledSignatures(descriptor, signers)),
      ...(await bundledStatement(descriptor, made)),
      await artifact({ subject: descriptor, artifactType: document.mediaType, layers: [document] }),
    ],
  };
}
