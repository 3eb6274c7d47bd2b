import type { Architecture } from "../../protocol/image-name.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { closureProvenance } from "../attestations/closure-provenance.ts";
import { PREDICATE_TYPES } from "../attestations/predicate-types.ts";
import { readSpdx } from "../bills/read-spdx.ts";
import type { ImageManifests } from "../description/manifest.ts";
import { type BuildAttestation, buildAttestation } from "../referrers/build-attestation.ts";
import { statement } from "../referrers/statement.ts";

/** The image of one architecture. */
export interface ListedImage {
  readonly architecture: Architecture;
  readonly manifests: ImageManifests;
  /** The image's SPDX document. Undefined if nobody describes images. */
  readonly spdx: string | undefined;
}

/**
 * The statements about an image that stand in the list: the bill of materials, and the provenance that holds on every
 * machine. Undefined if there is no bill, or if it is malformed.
 */
export async function describedImage({
  architecture,
  manifests,
  spdx,
}: ListedImage): Promise<BuildAttestation | undefined> {
  const document = parseJsonObject(spdx ?? "");
  const billed = document && readSpdx(document);
  if (!billed) return undefined;
  const { digest } = manifests.oci;
  const subjects = [{ digest }] as const;
  return buildAttestation(digest, [
    await statement({ subjects, predicateType: PREDICATE_TYPES.spdx, predicate: document }),
    await statement({
      subjects,
      predicateType: PREDICATE_TYPES.provenance,
      predicate: closureProvenance(billed, architecture),
    }),
  ]);
}
