import type { Digest } from "../../protocol/digest.ts";

/** Content that never changes, because its digest names it. */
export interface Content {
  readonly digest: Digest;
  readonly mediaType: string;
  /** In bytes. */
  readonly size: number;
}

/** The type of all blobs. Only the manifest says what a blob is. */
export const BLOB_MEDIA_TYPE = "application/octet-stream";

/** Caches take a year at most. A proxy must not compress the bytes that a digest covers. */
export const IMMUTABLE = "public, max-age=31536000, immutable, no-transform";

/** The headers are the same for GET and HEAD: clients plan a pull by the HEAD alone. */
export function contentHeaders({ digest, mediaType, size }: Content): Headers {
  return new Headers({
    "Content-Type": mediaType,
    "Content-Length": String(size),
    "Docker-Content-Digest": digest,
    ETag: entityTag(digest),
    "Cache-Control": IMMUTABLE,
    "Accept-Ranges": "bytes",
  });
}

/** For a list, which may change within a minute. */
export const LIST_HEADERS = { "Cache-Control": "public, max-age=60, no-transform" };

/**
 * For tags: a tag may soon name another image. The manifest's format depends on `Accept`, and the note about the
 * client's machine on `User-Agent`. A cache chooses by the `Vary` of the last answer, so all answers have the same.
 */
export const TAG_HEADERS = {
  "Cache-Control": "public, max-age=60, stale-while-revalidate=300, no-transform",
  Vary: "Accept, User-Agent",
};

/**
 * For every answer: https://distribution.github.io/distribution/spec/api/#api-version-check. A blob may hold any bytes.
 * `nosniff` stops a browser from taking it for a page or a script.
 */
export const COMMON_HEADERS = {
  "Docker-Distribution-API-Version": "registry/2.0",
  "X-Content-Type-Options": "nosniff",
};

/** An answer in JSON. */
export function jsonResponse(value: object, headers: Readonly<Record<string, string>> = {}): Response {
  const body = new TextEncoder().encode(JSON.stringify(value));
  return new Response(body, {
    headers: {
      "Content-Type": "application/json",
      "Content-Length": String(body.length),
      ...headers,
    },
  });
}

/** The answer to a client that has the content already. It has no headers that describe a body. */
export function notModified(headers: Headers): Response {
  headers.delete("Content-Type");
  headers.delete("Content-Length");
  return new Response(null, { status: 304, headers });
}

export function entityTag(digest: Digest): string {
  return `"${digest}"`;
}

/** Whether `If-None-Match` names the digest. */
export function hasMatch(ifNoneMatch: string | null, digest: Digest): boolean {
  return hasTag(ifNoneMatch, entityTag(digest));
}

/**
 * Whether `If-None-Match` names an entity tag. Weak and strong tags compare equal:
 * https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
export function hasTag(ifNoneMatch: string | null, entity: string): boolean {
  const tags = new Set((ifNoneMatch ?? "").split(",").map(strongTag));
  return tags.has("*") || tags.has(strongTag(entity));
}

function strongTag(tag: string): string {
  return tag.trim().replace(/^W\//, "");
}
