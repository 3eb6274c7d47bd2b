import { PREDICATE_TYPES } from "../attestations/predicate-types.ts";
import { type Artifact, artifact } from "../referrers/artifact.ts";
import { CYCLONEDX_MEDIA_TYPE, IN_TOTO_MEDIA_TYPE, SPDX_MEDIA_TYPE } from "../referrers/artifact-types.ts";
import { type JsonContent, jsonContent } from "../referrers/json-content.ts";
import { statement, type Statement, statementArtifact } from "../referrers/statement.ts";
import type { ContentDescriptor } from "../../protocol/artifact-manifest.ts";
import type { Digest } from "../../protocol/digest.ts";
import { type JsonObject, parseJsonObject } from "../../protocol/json-object.ts";

/** What an image's bills and its provenance say. They are made once for each image. */
export interface ImageDocuments {
  readonly spdx: JsonContent;
  readonly cyclonedx: JsonContent;
  readonly provenance: Statement;
}

/** The texts of an image's documents. */
export type DocumentTexts = Readonly<Record<keyof ImageDocuments, string>>;

export async function documentsOf({ spdx, cyclonedx, provenance }: DocumentTexts): Promise<ImageDocuments> {
  return {
    spdx: await jsonContent(SPDX_MEDIA_TYPE, spdx),
    cyclonedx: await jsonContent(CYCLONEDX_MEDIA_TYPE, cyclonedx),
    provenance: {
      ...(await jsonContent(IN_TOTO_MEDIA_TYPE, provenance)),
      predicateType: PREDICATE_TYPES.provenance,
    },
  };
}

/** The documents as statements about the image, ready to be signed. Throws if a document is no JSON object. */
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
