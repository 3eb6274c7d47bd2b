import { createHash } from "node:crypto";
import type { ObjectStore } from "../origin/stores/object-store.ts";
import { sha256Digest } from "../protocol/digest.ts";
import { blobKey } from "../protocol/storage-keys.ts";
import { CliError } from "./cli-error.ts";
import type { Descriptor } from "../protocol/manifest.ts";

/** Reads a blob, and checks its bytes on the way. Throws `CliError` if they do not match the digest. */
export async function* readBlob(store: ObjectStore, { digest, size }: Descriptor): AsyncGenerator<Uint8Array> {
  const stream = await store.open(blobKey(digest));
  if (!stream) throw damaged(`${digest} is missing`);
  const hash = createHash("sha256");
  let seen = 0;
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("a blob's stream holds something other than bytes");
    seen += chunk.length;
    if (seen > size) break;
    hash.update(chunk);
    yield chunk;
  }
  if (seen !== size || sha256Digest(hash.digest("hex")) !== digest) throw damaged(`${digest} does not match its bytes`);
}

function damaged(what: string): CliError {
  return new CliError(`the cache is damaged: ${what}; remove the cache, or use --no-cache`);
}
