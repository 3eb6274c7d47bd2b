import { type Digest, parseDigest } from "../protocol/digest.ts";
import { type ImageName, parseImageName } from "../protocol/image-name.ts";
import { parseTag } from "../protocol/tag.ts";

export interface TagEndpoint {
  readonly kind: "tag";
  readonly name: ImageName;
  readonly tag: string;
}

/** What a path under `/v2/` asks for. */
export type Endpoint =
  | { readonly kind: "version" }
  | TagEndpoint
  | { readonly kind: "manifest"; readonly digest: Digest }
  | { readonly kind: "blob"; readonly digest: Digest };

/** The path of a request's URL as it was sent: routers decode it, and `%2F` must not turn into a slash. */
export function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + "://".length);
  return url.slice(start).replace(/[?#].*$/s, "");
}

/**
 * Parses an undecoded path. A name may itself contain `manifests` and `blobs`, so that the end decides.
 * Undefined for an endpoint that this registry does not have. Throws `NAME_INVALID`, `TAG_INVALID` or `DIGEST_INVALID`.
 */
export function parseEndpoint(path: string, maxPackages: number): Endpoint | undefined {
  if (path === "/v2" || path === "/v2/") return { kind: "version" };
  const [, name, collection, reference] = /^\/v2\/(?:(.*)\/)?(manifests|blobs)\/([^/]*)$/s.exec(path) ?? [];
  if (collection === undefined || reference === undefined) return undefined;
  const imageName = parseImageName(name ?? "", maxPackages);
  if (collection === "blobs") return { kind: "blob", digest: parseReferenceDigest(reference) };
  return isTagLike(reference)
    ? { kind: "tag", name: imageName, tag: parseTag(reference) }
    : { kind: "manifest", digest: parseReferenceDigest(reference) };
}

/** The colon of a digest is the one character that clients may percent-encode. */
const ENCODED_COLON = /%3a/i;

function isTagLike(reference: string): boolean {
  return !reference.includes(":") && !ENCODED_COLON.test(reference);
}

function parseReferenceDigest(reference: string): Digest {
  return parseDigest(reference.replace(ENCODED_COLON, ":"));
}
