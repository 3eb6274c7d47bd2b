import type { ReadBlob } from "../../image/verification/read-content.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { orMissing } from "./fetched-manifest.ts";

/** Reads blobs into memory, up to the size that their descriptors say. */
export function blobReader(client: RegistryClient): ReadBlob {
  return async ({ digest, size }) => (await orMissing(client.document(digest, size))) ?? null;
}
