import type { ContentDescriptor } from "../../protocol/artifact-manifest.ts";
import { digestOf } from "../../protocol/digest.ts";
import { VerificationError } from "./verification-error.ts";

/** Fetches a blob. Null if it is missing. The bytes need not be checked. */
export type ReadBlob = (blob: ContentDescriptor) => Promise<Uint8Array<ArrayBuffer> | null>;

/** Bytes. cosign refuses larger documents. */
const MAX_DOCUMENT_BYTES = 134_217_728;

/** Reads a layer, and compares its digest. Refuses a layer that is too large before it reads it. */
export async function readContent(readBlob: ReadBlob, layer: ContentDescriptor): Promise<Uint8Array<ArrayBuffer>> {
  if (layer.size > MAX_DOCUMENT_BYTES) throw new VerificationError("malformed", `a document has ${layer.size} bytes`);
  const bytes = await readBlob(layer);
  if (!bytes) throw new VerificationError("missing-blob", `the registry lacks the document ${layer.digest}`);
  if (bytes.length !== layer.size || (await digestOf(bytes)) !== layer.digest)
    throw new VerificationError("altered", `the document ${layer.digest} has other bytes than its digest says`);
  return bytes;
}
