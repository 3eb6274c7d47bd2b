import type { Annotations, ContentDescriptor } from "../../protocol/artifact-manifest.ts";
import { type Digest, sha256Digest } from "../../protocol/digest.ts";
import { sha256Hex } from "../../protocol/hex.ts";
import { sortedAnnotations } from "./sorted-annotations.ts";

/** A document to store, as a blob or as a manifest. */
export interface JsonContent {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly json: string;
  /** Bytes of the JSON in UTF-8. */
  readonly size: number;
}

export async function jsonContent(mediaType: string, json: string): Promise<JsonContent> {
  const size = new TextEncoder().encode(json).length;
  return { digest: sha256Digest(await sha256Hex(json)), mediaType, json, size };
}

/** Names a document in a manifest. Annotations stand in the order of their names. */
export function describeContent(
  { mediaType, digest, size }: Omit<JsonContent, "json">,
  annotations?: Annotations,
): ContentDescriptor {
  return { mediaType, digest, size, ...(annotations && { annotations: sortedAnnotations(annotations) }) };
}
