import { type AttachedKind, attachedTag } from "../../image/referrers/attached-tags.ts";
import type { JsonContent } from "../../image/referrers/json-content.ts";
import type { StoredManifest } from "../../image/referrers/oci-manifest.ts";
import { type ReferrerEntry, referrersIndex } from "../../image/referrers/referrers-index.ts";
import { cosignAttestations } from "../../image/signatures/cosign-attestations.ts";
import { cosignSignatures } from "../../image/signatures/cosign-signatures.ts";
import { signStatement } from "../../image/signatures/dsse-envelope.ts";
import { bundledSignatures, bundledStatement } from "../../image/signatures/sigstore-bundle.ts";
import type { Signers } from "../../image/signing-keys/signer.ts";
import type { ContentDescriptor } from "../../protocol/artifact-manifest.ts";
import { attachedRecordJson } from "../../protocol/attached-record.ts";
import type { Digest } from "../../protocol/digest.ts";
import { attachedKey, referrersKey } from "../../protocol/storage-keys.ts";
import type { AttachedState } from "./attached-state.ts";
import { documentArtifacts, documentStatements, type ImageDocuments } from "./image-documents.ts";

/** Manifests with their blobs, and the names that lead to them. */
export interface Attachments {
  readonly manifests: readonly StoredManifest[];
  readonly names: readonly NamedObject[];
  /** What the list of the subject's referrers gets. */
  readonly entries: readonly ReferrerEntry[];
}

/** An object whose key follows from the digest of an image. */
export interface NamedObject {
  readonly key: string;
  readonly text: string;
  readonly contentType: string;
}

export interface Subject {
  readonly subject: ContentDescriptor;
  /** What stands beside the subject already, and stays. */
  readonly state: AttachedState;
}

interface SigningInput extends Subject {
  /** Host and repository. */
  readonly reference: string;
  readonly signers: Signers;
}

/** The signatures of a manifest, in the forms of cosign 2 and 3. */
export async function signatureAttachments({ subject, reference, signers, state }: SigningInput): Promise<Attachments> {
  const image = subject.digest;
  const bundles = await bundledSignatures(subject, signers);
  const tagged = await cosignSignatures({ image, reference, signers, kept: state.signatures });
  return {
    manifests: [...bundles, tagged],
    names: [attachedName("signatures", image, tagged.manifest)],
    entries: bundles.map(({ entry }) => entry),
  };
}

/** The documents of an image, and signed statements of them, if there are keys. */
export async function documentAttachments(
  { subject, state }: Subject,
  documents: ImageDocuments,
  signers: Signers | undefined,
): Promise<Attachments> {
  const plain = await documentArtifacts(subject, documents);
  const entries = plain.map(({ entry }) => entry);
  if (!signers) return { manifests: plain, names: [], entries };
  const { digest: image } = subject;
  const made = await documentStatements(image, documents);
  const statements = await Promise.all(made.map(async (each) => signStatement(each, signers)));
  const bundled = (await Promise.all(statements.map(async (each) => bundledStatement(subject, each)))).flat();
  const tagged = await cosignAttestations({ image, statements, kept: state.attestations });
  return {
    manifests: [...plain, ...bundled, tagged],
    names: [attachedName("attestations", image, tagged.manifest)],
    entries: [...entries, ...bundled.map(({ entry }) => entry)],
  };
}

/** Joins attachments of one manifest. Their names get the list of all its referrers. Throws if clients refuse its size. */
export async function withReferrers(
  { subject, state }: Subject,
  parts: readonly Attachments[],
): Promise<Omit<Attachments, "entries">> {
  const entries = parts.flatMap((part) => part.entries);
  const { json, mediaType } = await referrersIndex([...state.referrers, ...entries]);
  const list = { key: referrersKey(subject.digest), text: json, contentType: mediaType };
  return {
    manifests: parts.flatMap(({ manifests }) => manifests),
    names: [...(entries.length === 0 ? [] : [list]), ...parts.flatMap(({ names }) => names)],
  };
}

function attachedName(kind: AttachedKind, image: Digest, { digest }: JsonContent): NamedObject {
  const text = JSON.stringify(attachedRecordJson(digest));
  return { key: attachedKey(attachedTag(kind, image)), text, contentType: "application/json" };
}
