import { provenance } from "../../image/attestations/provenance.ts";
import { PREDICATE_TYPES } from "../../image/attestations/predicate-types.ts";
import type { BuildFacts } from "../../image/attestations/build-facts.ts";
import { createBill } from "../../image/bills/bill.ts";
import { cyclonedxDocument } from "../../image/bills/cyclonedx.ts";
import { spdxDocument } from "../../image/bills/spdx.ts";
import { documentJson } from "../../image/facts/clean-text.ts";
import type { ImageFacts } from "../../image/facts/image-facts.ts";
import { statement } from "../../image/referrers/statement.ts";
import { documentsOf, type ImageDocuments } from "../../image/trust/image-documents.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";

/** The documents of an image, as texts of JSON. Throws if a store path is named that is not part of the closure. */
export async function imageDocuments(facts: ImageFacts, build: BuildFacts): Promise<ImageDocuments> {
  const bill = createBill(facts);
  const predicate = parseJsonObject(documentJson(provenance(bill, build))) ?? {};
  const { provenance: predicateType } = PREDICATE_TYPES;
  const built = await statement({ subjects: [{ digest: facts.digest }], predicateType, predicate });
  return documentsOf({
    spdx: documentJson(spdxDocument(bill)),
    cyclonedx: documentJson(cyclonedxDocument(bill)),
    provenance: built.json,
  });
}
