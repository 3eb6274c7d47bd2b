import type { Digest } from "../protocol/digest.ts";
import { OciError } from "../protocol/oci-error.ts";
import { blobKey } from "../protocol/storage-keys.ts";
import { contentHeaders, entityTag, hasMatch, notModified } from "./content.ts";
import type { Config } from "./environment.ts";
import { type ByteRange, contentRange, resolveRange } from "./range.ts";

/** Streams a layer or config out of R2. A blob is the same under every name. */
export async function answerBlob({ r2 }: Config, request: Request, digest: Digest): Promise<Response> {
  const isKnown = hasMatch(request.headers.get("If-None-Match"), digest);
  const range = rangeHeader(request, digest);
  // One operation for the usual GET; the rest need the size, or nothing but the size, first.
  if (request.method === "GET" && !isKnown && range === null) return wholeBlob(r2, digest);

  const object = await r2.head(blobKey(digest));
  if (!object) throw blobUnknown(digest);
  const headers = blobHeaders(digest, object.size);
  if (isKnown) return notModified(headers);
  if (request.method === "HEAD") return new Response(null, { headers });
  const part = resolveRange(range, object.size);
  if (part === null) throw rangeInvalid(object.size);
  return part ? partOfBlob(r2, digest, part, object.size) : wholeBlob(r2, digest);
}

async function wholeBlob(r2: R2Bucket, digest: Digest): Promise<Response> {
  const object = await r2.get(blobKey(digest));
  if (!object) throw blobUnknown(digest);
  return new Response(object.body, { headers: blobHeaders(digest, object.size) });
}

async function partOfBlob(r2: R2Bucket, digest: Digest, part: ByteRange, size: number): Promise<Response> {
  const object = await r2.get(blobKey(digest), { range: part });
  if (!object) throw blobUnknown(digest);
  const headers = blobHeaders(digest, part.length);
  headers.set("Content-Range", contentRange(part, size));
  return new Response(object.body, { status: 206, headers });
}

function blobHeaders(digest: Digest, length: number): Headers {
  const headers = contentHeaders({ digest, mediaType: "application/octet-stream", size: length });
  headers.set("Accept-Ranges", "bytes");
  return headers;
}

/** Null where the header is absent, or belongs to other bytes than ours (`If-Range`), or has no meaning (HEAD). */
function rangeHeader({ method, headers }: Request, digest: Digest): string | null {
  const condition = headers.get("If-Range") ?? entityTag(digest);
  return method === "GET" && condition === entityTag(digest) ? headers.get("Range") : null;
}

function blobUnknown(digest: Digest): OciError {
  return new OciError("BLOB_UNKNOWN", `this registry has no blob ${digest}`);
}

function rangeInvalid(size: number): OciError {
  return new OciError("RANGE_INVALID", `no byte of the range is in the blob, which has ${size} bytes`, {
    headers: { "Content-Range": `bytes */${size}` },
  });
}
