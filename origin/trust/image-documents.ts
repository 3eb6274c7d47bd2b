import { provenance } from "../../image/attestations/provenance.ts";
import { PREDICATE_TYPES } from "../../image/attestations/statement.ts";
import type { BuildFacts } from "../../image/attestations/build-facts.ts";
import { createBill } from "../../image/bills/bill.ts";
import { cyclonedxDocument } from "../../image/bills/cyclonedx.ts";
import { spdxDocument } from "../../image/bills/spdx.ts";
import { documentJson } from "../../image/facts/clean-text.ts";
import type { ImageFacts } from "../../image/facts/image-facts.ts";
import { type Artifact, artifact } from "../../image/referrers/artifact.ts";
import { type JsonContent, jsonContent } from "../../image/referrers/json-content.ts";
import { statement, type Statement, statementArtifact } from "../../image/referrers/statement.ts";
import type { ContentDescriptor } from "../../protocol/artifact-manifest.ts";
import type { Digest } from "../../protocol/digest.ts";
import { type JsonObject, parseJsonObject } from "../../protocol/json-object.ts";

/** What an image's bills and its provenance say. They are made once for each image. */
export interface ImageDocuments {
  readonly spdx: JsonContent;
  readonly cyclonedx: JsonContent;
  readonly provenance: Statement;
}

/** https://spdx.github.io/spdx-spec/v2.3/, as registered with IANA. */
export const SPDX_MEDIA_TYPE = "application/spdx+json";
/** https://cyclonedx.org/specification/overview/#recognized-file-patterns */
export const CYCLONEDX_MEDIA_TYPE = "application/vnd.cyclonedx+json";

export async function imageDocuments(facts: ImageFacts, build: BuildFacts): Promise<ImageDocuments> {
  const bill = createBill(facts);
  const predicate = objectOf(documentJson(provenance(bill, build)));
  return {
    spdx: await jsonContent(SPDX_MEDIA_TYPE, documentJson(spdxDocument(bill))),
    cyclonedx: await jsonContent(CYCLONEDX_MEDIA_TYPE, documentJson(cyclonedxDocument(bill))),
    provenance: await statement({
      subjects: [{ digest: facts.digest }],
      predicateType: PREDICATE_TYPES.provenance,
      predicate,
    }),
  };
}

/** The documents as statements about the image, ready to be signed. */
export async function documentStatements(
  image: Digest,
  { spdx, cyclonedx, provenance: built }: ImageDocuments,
): Promise<readonly Statement[]> {
  const about = async (predicateType: string, { json }: JsonContent) =>
    statement({ subjects: [{ digest: image }], predicateType, predicate: objectOf(json) });
  return [await about(PREDICATE_TYPES.spdx, spdx), await about(PREDICATE_TYPES.cyclonedx, cyclonedx), built];
}

/** The documents as referrers of the image. */
export async function documentArtifacts(
  subject: ContentDescriptor,
  { spdx, cyclonedx, provenance: built }: ImageDocuments,
): Promise<readonly Artifact[]> {
  const bill = async (layer: JsonContent) => artifact({ subject, artifactType: layer.mediaType, layers: [layer] });
  return [await bill(spdx), await bill(cyclonedx), await statementArtifact(subject, built)];
}

function objectOf(json: string): JsonObject {
  const object = parseJsonObject(json);
  if (!object) throw new Error("a document of the image is no JSON object");
  return object;
}
