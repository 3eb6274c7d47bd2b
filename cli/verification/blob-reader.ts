import type { ReadBlob } from "../../image/verification/read-content.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { orMissing } from "./fetched-manifest.ts";

/** Reads small blobs into memory, up to the size that their descriptor says. */
export function blobReader(client: RegistryClient): ReadBlob {
  return async ({ digest, size }) => {
    const chunks = await orMissing(client.blob(digest, size, (stream) => Array.fromAsync(stream)));
    return chunks === undefined ? null : Uint8Array.from(Buffer.concat(chunks));
  };
}
