import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import { type ObjectStore, StoreError } from "../stores/object-store.ts";
import { withRetries } from "../stores/r2-retries.ts";

/** Gets the number of bytes that were read. */
export type BytesListener = (bytes: number) => void;

/** Whether a blob has the bytes of its digest. True if the blob is gone. It is read as a stream. Throws `StoreError`. */
export async function isBlobWhole(
  store: Pick<ObjectStore, "open">,
  digest: Digest,
  onBytes: BytesListener,
  signal: AbortSignal,
): Promise<boolean> {
  const key = blobKey(digest);
  return withRetries(signal, async () => {
    const stream = await store.open(key);
    return !stream || (await hashOf(stream, key, onBytes)) === digestHex(digest);
  });
}

/** The SHA-256 of a stream, in hexadecimal. Throws `StoreError` if it breaks off. */
async function hashOf(stream: Readable, key: string, onBytes: BytesListener): Promise<string> {
  const hash = createHash("sha256");
  const chunks: AsyncIterable<Uint8Array> = stream;
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      onBytes(chunk.length);
    }
  } catch (cause) {
    throw new StoreError(`GET ${key} broke off`, { cause });
  }
  return hash.digest("hex");
}
