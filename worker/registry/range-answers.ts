import type { Digest } from "../../protocol/digest.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { entityTag } from "../answers/content.ts";
import { type ByteRange, contentRange, parseRange, type RequestedRange, resolveRange } from "./range.ts";

/**
 * The range that a client asks for. Undefined if the client gets the whole content, for example because `If-Range`
 * names other content. HEAD has no ranges: https://www.rfc-editor.org/rfc/rfc9110#section-14.2
 */
export function requestedRange({ method, headers }: Request, digest: Digest): RequestedRange | undefined {
  if (method !== "GET") return undefined;
  const condition = headers.get("If-Range") ?? entityTag(digest);
  return condition === entityTag(digest) ? parseRange(headers.get("Range")) : undefined;
}

/** Throws `RANGE_INVALID` if the range has no byte of the content. `size` is that of the whole content, in bytes. */
export function requirePart(range: RequestedRange, size: number): ByteRange {
  const part = resolveRange(range, size);
  if (part) return part;
  throw new OciError("RANGE_INVALID", `the range has no byte of the content; the content has ${size} bytes`, {
    headers: { "Content-Range": `bytes */${size}` },
  });
}

/** Answers with a part of the content. `headers` and `size` describe the whole content; `size` is in bytes. */
export function partResponse(body: BodyInit | null, headers: Headers, part: ByteRange, size: number): Response {
  headers.set("Content-Length", String(part.length));
  headers.set("Content-Range", contentRange(part, size));
  return new Response(body, { status: 206, headers });
}
