import { isDeepStrictEqual } from "node:util";
import { PREDICATE_TYPES } from "../../image/attestations/predicate-types.ts";
import { CYCLONEDX_MEDIA_TYPE, IN_TOTO_MEDIA_TYPE, SPDX_MEDIA_TYPE } from "../../image/referrers/artifact-types.ts";
import type { ReferrerEntry } from "../../image/referrers/referrers-index.ts";
import { readContent } from "../../image/verification/read-content.ts";
import { VerificationError } from "../../image/verification/verification-error.ts";
import type { VerifiedAttestation } from "../../image/verification/verify-envelope.ts";
import { verifyStatement } from "../../image/verification/verify-statement.ts";
import { parseArtifactManifest } from "../../protocol/artifact-manifest.ts";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import { type JsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { BILL_READERS, type BillFacts } from "./bill-facts.ts";
import { blobReader } from "./blob-reader.ts";
import type { Attached } from "./check-signatures.ts";
import { fetchDigest } from "./fetched-manifest.ts";
import { absent, fails, type Finding, holds, problemOf } from "./finding.ts";

interface DocumentsInput extends Pick<Attached, "attestations" | "referrers"> {
  readonly client: RegistryClient;
  readonly image: Digest;
  /** Whether the image must have signed documents, as each image of Cornice has. */
  readonly required: boolean;
}

export interface CheckedDocuments {
  readonly findings: readonly Finding[];
  /** What each bill says, by its name for people. */
  readonly bills: ReadonlyMap<string, BillFacts>;
  /** The predicate of the signed provenance. */
  readonly provenance: JsonObject | undefined;
}

/** A document without a signature of its own, as a referrer of the image. */
interface PlainDocument {
  readonly predicateType: string;
  readonly predicate: JsonObject;
}

const NAMES: Readonly<Record<string, string>> = {
  [PREDICATE_TYPES.spdx]: "SPDX",
  [PREDICATE_TYPES.cyclonedx]: "CycloneDX",
  [PREDICATE_TYPES.provenance]: "provenance",
};
const BILL_TYPES: ReadonlyMap<string, string> = new Map([
  [SPDX_MEDIA_TYPE, PREDICATE_TYPES.spdx],
  [CYCLONEDX_MEDIA_TYPE, PREDICATE_TYPES.cyclonedx],
]);

/** Compares the bills and the provenance of an image with the image, and with what a trusted key has signed. */
export async function checkDocuments(input: DocumentsInput): Promise<CheckedDocuments> {
  const { attestations } = input;
  const { documents, findings } = await readPlainDocuments(input);
  const bills = new Map<string, BillFacts>();
  const checked = Object.entries(NAMES).map(([type, name]) => {
    const plain = documents.filter(({ predicateType }) => predicateType === type);
    const signed = attestations.filter(({ predicateType }) => predicateType === type);
    const [predicate] = [...signed, ...plain].map((each) => each.predicate);
    const facts = predicate && BILL_READERS[type]?.(predicate);
    if (facts) bills.set(name, facts);
    return documentFinding(name, { plain, signed, facts }, input);
  });
  const provenance = attestations.find(({ predicateType }) => predicateType === PREDICATE_TYPES.provenance);
  return { findings: [...findings, ...checked], bills, provenance: provenance?.predicate };
}

interface FoundDocument {
  readonly plain: readonly PlainDocument[];
  readonly signed: readonly VerifiedAttestation[];
  readonly facts: BillFacts | undefined;
}

function documentFinding(
  name: string,
  { plain, signed, facts }: FoundDocument,
  { image, required }: Pick<DocumentsInput, "image" | "required">,
): Finding {
  const missing = required ? fails : absent;
  const [first, ...others] = [...signed, ...plain].map(({ predicate }) => predicate);
  if (first === undefined) return missing("document", `${image} has no document of the kind ${name}`);
  if (!others.every((other) => isDeepStrictEqual(first, other)))
    return fails("document", `${name}: the document and the signed statement say different things`);
  if (facts && facts.imageHex !== digestHex(image))
    return fails("document", `${name}: the document is about another image`);
  if (signed.length === 0) return missing("document", `${name}: no trusted key has signed the document`);
  return holds("document", `${name}: signed, and about this image`);
}

async function readPlainDocuments({
  client,
  image,
  referrers,
}: DocumentsInput): Promise<{ readonly documents: readonly PlainDocument[]; readonly findings: readonly Finding[] }> {
  const documents: PlainDocument[] = [];
  const findings: Finding[] = [];
  for (const entry of referrers) {
    if (!BILL_TYPES.has(entry.artifactType) && entry.artifactType !== IN_TOTO_MEDIA_TYPE) continue;
    try {
      documents.push(await readPlainDocument(client, image, entry));
    } catch (error) {
      findings.push(fails("document", `the document ${entry.digest}: ${problemOf(error)}`));
    }
  }
  return { documents, findings };
}

async function readPlainDocument(
  client: RegistryClient,
  image: Digest,
  { digest, size, artifactType }: ReferrerEntry,
): Promise<PlainDocument> {
  const artifact = parseArtifactManifest((await fetchDigest(client, digest, size)).text);
  const [layer, ...others] = artifact?.layers ?? [];
  if (!layer || others.length > 0) throw malformed("its manifest has not exactly one document");
  if (artifact?.subject?.digest !== image)
    throw new VerificationError("other-image", `it refers to another image than ${image}`);
  const bytes = await readContent(blobReader(client), layer);
  if (artifactType === IN_TOTO_MEDIA_TYPE) return verifyStatement(bytes, image);
  const predicate = parseJsonObject(new TextDecoder().decode(bytes));
  const predicateType = BILL_TYPES.get(artifactType);
  if (!predicate || predicateType === undefined) throw malformed("it is no JSON object");
  return { predicateType, predicate };
}

function malformed(message: string): VerificationError {
  return new VerificationError("malformed", message);
}
