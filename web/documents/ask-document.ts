import type { Digest } from "../../protocol/digest.ts";
import { documentPath } from "../../protocol/web-api.ts";
import { ask } from "../page/api.ts";
import { type BillRow, parseBill } from "./bill.ts";
import { parseProvenance, type Provenance } from "./provenance.ts";

/** Asks for the bill of materials of an image, by the digest of its OCI manifest. Throws `ApiError`. */
export function askBill(image: Digest, signal?: AbortSignal): Promise<readonly BillRow[]> {
  return ask(documentPath(image, "cyclonedx"), parseBill, signal ? { signal } : {});
}

/** Asks for the provenance of an image. Throws `ApiError`. */
export function askProvenance(image: Digest, signal?: AbortSignal): Promise<Provenance> {
  return ask(documentPath(image, "provenance"), parseProvenance, signal ? { signal } : {});
}
