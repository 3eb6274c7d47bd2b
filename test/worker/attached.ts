import { env } from "cloudflare:workers";
import type { ContentDescriptor } from "../../protocol/artifact-manifest.ts";
import { attachedKey, blobKey, manifestKey, PUBLIC_KEYS_KEY } from "../../protocol/storage-keys.ts";
import { artifact, type Artifact } from "../../image/referrers/artifact.ts";
import { type JsonContent, jsonContent } from "../../image/referrers/json-content.ts";
import type { StoredManifest } from "../../image/referrers/oci-manifest.ts";
import { referrersIndex } from "../../image/referrers/referrers-index.ts";
import { type Statement, statement, statementArtifact } from "../../image/referrers/statement.ts";
import { cosignAttestations } from "../../image/signatures/cosign-attestations.ts";
import type { TaggedManifest } from "../../image/signatures/cosign-manifest.ts";
import { cosignSignatures } from "../../image/signatures/cosign-signatures.ts";
import { signStatement } from "../../image/signatures/dsse-envelope.ts";
import { bundledSignatures, bundledStatement } from "../../image/signatures/sigstore-bundle.ts";
import { generatePrivateKey, parsePrivateKey } from "../../image/signing-keys/private-key.ts";
import type { KeySigner } from "../../image/signing-keys/signer.ts";
import { type AttachedRecord, attachedRecordJson } from "../../protocol/attached-record.ts";
import type { Digest } from "../../protocol/digest.ts";
import { OCI_INDEX_MEDIA_TYPE } from "../../protocol/media-types.ts";

/** Everything that the origin writes beside an image. */
export interface Attached {
  readonly signatures: TaggedManifest;
  readonly attestations: TaggedManifest;
  readonly referrers: readonly Artifact[];
  readonly list: JsonContent;
}

export const SPDX = '{"spdxVersion":"SPDX-2.3"}';
export const CYCLONEDX = '{"bomFormat":"CycloneDX"}';

export async function newSigner(): Promise<KeySigner> {
  return parsePrivateKey(await generatePrivateKey());
}

/** Provenance as the origin states it. */
export async function provenanceOf({ digest }: Pick<ContentDescriptor, "digest">): Promise<Statement> {
  const externalParameters = { source: "channel:nixos-25.11", revision: "0123abc", names: ["git"] };
  const predicateType = "https://slsa.dev/provenance/v1";
  return statement({ subjects: [{ digest }], predicateType, predicate: { buildDefinition: { externalParameters } } });
}

/** Signs an image and describes it, in all forms. */
export async function describeImage(subject: ContentDescriptor, signer: KeySigner): Promise<Attached> {
  const provenance = await provenanceOf(subject);
  const documents = [
    await jsonContent("application/spdx+json", SPDX),
    await jsonContent("application/vnd.cyclonedx+json", CYCLONEDX),
  ];
  const bills = documents.map((bill) => artifact({ subject, artifactType: bill.mediaType, layers: [bill] }));
  const signed = await signStatement(provenance, [signer]);
  const referrers = [
    ...(await bundledSignatures(subject, [signer])),
    ...(await bundledStatement(subject, signed)),
    await statementArtifact(subject, provenance),
    ...(await Promise.all(bills)),
  ];
  const signing = { image: subject.digest, signers: [signer] } as const;
  return {
    signatures: await cosignSignatures({ ...signing, reference: "registry.test/git" }),
    attestations: await cosignAttestations({ image: subject.digest, statements: [signed] }),
    referrers,
    list: await referrersIndex(referrers.map(({ entry }) => entry)),
  };
}

/** Stores everything beside an image, in the order of the origin. */
export async function storeAttached({ digest }: ContentDescriptor, attached: Attached): Promise<void> {
  for (const made of [attached.signatures, attached.attestations, ...attached.referrers]) await storeArtifact(made);
  const signatures = attached.signatures.manifest.digest;
  await storeList(digest, attached.list.json, { signatures, attestations: attached.attestations.manifest.digest });
}

/** Stores a list of what refers to a digest. It need not be one. */
export async function storeList(
  subject: Digest,
  text: string,
  others: Pick<AttachedRecord, "signatures" | "attestations"> = {},
): Promise<void> {
  const list = await jsonContent(OCI_INDEX_MEDIA_TYPE, text);
  await storeAsManifest(list);
  const record = attachedRecordJson({ etag: "unpacked before", referrers: list.digest, ...others });
  await env.R2.put(attachedKey(subject), JSON.stringify(record));
}

export async function storeArtifact({ manifest, blobs }: StoredManifest): Promise<void> {
  for (const blob of blobs) await env.R2.put(blobKey(blob.digest), blob.json);
  await storeAsManifest(manifest);
}

export async function storeAsManifest({ digest, json, mediaType }: JsonContent): Promise<void> {
  await env.R2.put(manifestKey(digest), json, { httpMetadata: { contentType: mediaType } });
}

export async function storeKeys(...signers: readonly KeySigner[]): Promise<void> {
  await env.R2.put(PUBLIC_KEYS_KEY, signers.map(({ publicKey }) => publicKey.pem).join(""));
}
