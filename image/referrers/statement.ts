import type { ContentDescriptor } from "../../protocol/artifact-manifest.ts";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import type { JsonObject } from "../../protocol/json-object.ts";
import { type Artifact, artifact } from "./artifact.ts";
import { IN_TOTO_MEDIA_TYPE, IN_TOTO_PREDICATE_ANNOTATION } from "./artifact-types.ts";
import { type JsonContent, jsonContent } from "./json-content.ts";

interface StatementInput {
  /** The manifests and indexes that the predicate is true of. */
  readonly subjects: readonly [StatementSubject, ...StatementSubject[]];
  /** A URI. */
  readonly predicateType: string;
  /** Its members keep their order. */
  readonly predicate: JsonObject;
}

interface StatementSubject {
  /** How people name the image. Tools compare the digest alone. */
  readonly name?: string;
  readonly digest: Digest;
}

/** An in-toto statement that is ready to be stored or signed. */
export interface Statement extends JsonContent {
  readonly predicateType: string;
}

const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";

/** https://github.com/in-toto/attestation/blob/v1.1.0/spec/v1/statement.md */
export async function statement({ subjects, predicateType, predicate }: StatementInput): Promise<Statement> {
  const json = JSON.stringify({
    _type: STATEMENT_TYPE,
    subject: subjects.map(({ name, digest }) => ({ name, digest: { sha256: digestHex(digest) } })),
    predicateType,
    predicate,
  });
  return { ...(await jsonContent(IN_TOTO_MEDIA_TYPE, json)), predicateType };
}

/** A statement without a signature, as a referrer of an image. */
export async function statementArtifact(subject: ContentDescriptor, made: Statement): Promise<Artifact> {
  return artifact({
    subject,
    artifactType: IN_TOTO_MEDIA_TYPE,
    layers: [made],
    annotations: { [IN_TOTO_PREDICATE_ANNOTATION]: made.predicateType },
  });
}
