import { createHash } from "node:crypto";
import type { ObjectStore } from "../origin/stores/object-store.ts";
import { sha256Digest } from "../protocol/digest.ts";
import { blobKey } from "../protocol/storage-keys.ts";
import { CliError } from "./cli-error.ts";
import type { Descriptor } from "../protocol/manifest.ts";

/** A blob's bytes, checked as they pass. Throws `CliError` when they are not what the digest promises. */
export async function* readBlob(store: ObjectStore, { digest, size }: Descriptor): AsyncGenerator<Uint8Array> {
  const stream = await store.open(blobKey(digest));
  if (!stream) throw damaged(`${digest} is not there`);
  const hash = createHash("sha256");
  let seen = 0;
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("a blob's stream holds something else than bytes");
    seen += chunk.length;
    if (seen > size) break;
    hash.update(chunk);
    yield chunk;
  }
  if (seen !== size || sha256Digest(hash.digest("hex")) !== digest) throw damaged(`${digest} has other bytes`);
}

function damaged(what: string): CliError {
  return new CliError(`the cache is damaged: ${what}; remove it, or build with --no-cache`);
}
