import type { ContentDescriptor } from "../../protocol/artifact-manifest.ts";
import type { JsonContent } from "../referrers/json-content.ts";
import type { StoredManifest } from "../referrers/oci-manifest.ts";
import { type ReferrerEntry, referrersIndex } from "../referrers/referrers-index.ts";
import { cosignAttestations } from "../signatures/cosign-attestations.ts";
import { cosignSignatures } from "../signatures/cosign-signatures.ts";
import { signStatement } from "../signatures/dsse-envelope.ts";
import { bundledSignatures, bundledStatement } from "../signatures/sigstore-bundle.ts";
import type { Signers } from "../signing-keys/signer.ts";
import { documentArtifacts, documentStatements, type ImageDocuments } from "./image-documents.ts";
import { signersOf } from "./sign-record.ts";
import type { TrustRecord } from "./trust-record.ts";

/** What stands beside one manifest, in the forms that clients read. */
export interface Attachments {
  /** The manifest that all of it is about. */
  readonly subject: ContentDescriptor;
  /** Artifacts with their blobs. */
  readonly artifacts: readonly StoredManifest[];
  /** cosign 2's manifests. */
  readonly signatures?: JsonContent;
  readonly attestations?: JsonContent;
  /** The list of what refers to the subject. */
  readonly referrers: JsonContent;
}

/**
 * What stands beside each subject of a record. It follows from the record alone. Throws if a signature is missing, or if a
 * document is malformed.
 */
export async function attachmentsOf(record: TrustRecord): Promise<readonly Attachments[]> {
  const signers = signersOf(record);
  const { subjects, reference, documents } = record;
  return Promise.all(
    subjects.map(async (subject, place) => {
      const described = place === 0 && documents ? [await documentParts(subject, documents, signers)] : [];
      const signed = signers ? [await signatureParts(subject, reference, signers)] : [];
      return join(subject, [...described, ...signed]);
    }),
  );
}

/** A part of the attachments. */
interface Part extends Pick<Attachments, "artifacts" | "signatures" | "attestations"> {
  readonly entries: readonly ReferrerEntry[];
}

/** The signatures of a manifest, in the forms of cosign 2 and 3. */
async function signatureParts(subject: ContentDescriptor, reference: string, signers: Signers): Promise<Part> {
  const bundles = await bundledSignatures(subject, signers);
  const tagged = await cosignSignatures({ image: subject.digest, reference, signers });
  return {
    artifacts: [...bundles, tagged],
    signatures: tagged.manifest,
    entries: bundles.map(({ entry }) => entry),
  };
}

/** The documents of an image, and signed statements of them, if there are keys. */
async function documentParts(
  subject: ContentDescriptor,
  documents: ImageDocuments,
  signers: Signers | undefined,
): Promise<Part> {
  const plain = await documentArtifacts(subject, documents);
  const entries = plain.map(({ entry }) => entry);
  if (!signers) return { artifacts: plain, entries };
  const made = await documentStatements(subject.digest, documents);
  const statements = await Promise.all(made.map((each) => signStatement(each, signers)));
  const bundled = (await Promise.all(statements.map((each) => bundledStatement(subject, each)))).flat();
  const tagged = await cosignAttestations({ image: subject.digest, statements });
  return {
    artifacts: [...plain, ...bundled, tagged],
    attestations: tagged.manifest,
    entries: [...entries, ...bundled.map(({ entry }) => entry)],
  };
}

async function join(subject: ContentDescriptor, parts: readonly Part[]): Promise<Attachments> {
  const [signatures] = parts.flatMap((part) => part.signatures ?? []);
  const [attestations] = parts.flatMap((part) => part.attestations ?? []);
  return {
    subject,
    artifacts: parts.flatMap(({ artifacts }) => artifacts),
    referrers: await referrersIndex(parts.flatMap(({ entries }) => entries)),
    ...(signatures && { signatures }),
    ...(attestations && { attestations }),
  };
}
