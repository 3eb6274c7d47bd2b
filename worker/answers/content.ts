import type { Digest } from "../../protocol/digest.ts";

/** Something whose bytes its digest fixes for ever. */
export interface Content {
  readonly digest: Digest;
  readonly mediaType: string;
  /** In bytes. */
  readonly size: number;
}

/** Of all blobs: what they are is for the manifest to say. */
export const BLOB_MEDIA_TYPE = "application/octet-stream";

/** A year is as long as caches take it; no proxy may compress what a digest covers. */
export const IMMUTABLE = "public, max-age=31536000, immutable, no-transform";

/** The same for GET and HEAD: clients plan a pull by the HEAD alone. */
export function contentHeaders({ digest, mediaType, size }: Content): Headers {
  return new Headers({
    "Content-Type": mediaType,
    "Content-Length": String(size),
    "Docker-Content-Digest": digest,
    ETag: entityTag(digest),
    "Cache-Control": IMMUTABLE,
  });
}

/** What may be another answer in a minute. */
export const MUTABLE = "public, max-age=60, no-transform";

/** For tags: one may point elsewhere soon, and what it points to depends on what the client accepts. */
export const TAG_HEADERS = {
  "Cache-Control": "public, max-age=60, stale-while-revalidate=300, no-transform",
  Vary: "Accept",
};

/**
 * In every answer: https://distribution.github.io/distribution/spec/api/#api-version-check. A blob may hold anything,
 * and no browser is to take it for a page or a script.
 */
export const COMMON_HEADERS = {
  "Docker-Distribution-API-Version": "registry/2.0",
  "X-Content-Type-Options": "nosniff",
};

/** A list that people and tools read, as JSON. */
export function jsonResponse(value: object, headers: Readonly<Record<string, string>> = {}): Response {
  const body = new TextEncoder().encode(JSON.stringify(value));
  return new Response(body, {
    headers: {
      "Content-Type": "application/json",
      "Content-Length": String(body.length),
      "Cache-Control": MUTABLE,
      ...headers,
    },
  });
}

/** For a client that has the content already; of the headers only those that describe the body are left out. */
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

/** Whether `If-None-Match` names an entity tag; weak ones compare equal: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2 */
export function hasTag(ifNoneMatch: string | null, entity: string): boolean {
  const tags = new Set((ifNoneMatch ?? "").split(",").map(strongTag));
  return tags.has("*") || tags.has(strongTag(entity));
}

function strongTag(tag: string): string {
  return tag.trim().replace(/^W\//, "");
}
