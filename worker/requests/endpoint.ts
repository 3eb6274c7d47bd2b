import { type Digest, parseDigest } from "../../protocol/digest.ts";
import { type ImageName, parseImageName } from "../../protocol/image-name.ts";
import { parseTag } from "../../protocol/tag.ts";

interface OfImage {
  /** The name as it was sent. */
  readonly repository: string;
  readonly name: ImageName;
}

export interface TagEndpoint extends OfImage {
  readonly kind: "tag";
  readonly tag: string;
}

interface TagListEndpoint extends OfImage {
  readonly kind: "tag list";
}

interface DigestEndpoint extends OfImage {
  readonly kind: "manifest" | "blob" | "referrers";
  readonly digest: Digest;
}

/** The parsed path of a request under `/v2/`. */
export type Endpoint =
  | { readonly kind: "version" }
  | { readonly kind: "catalog" }
  | TagEndpoint
  | TagListEndpoint
  | DigestEndpoint;

/** The list of all images. */
export const CATALOG_PATH = "/v2/_catalog";

/** The path of a request's URL, undecoded. Routers decode paths, but `%2F` must not become a slash. */
export function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + "://".length);
  return url.slice(start).replace(/[?#].*$/s, "");
}

/**
 * Parses an undecoded path. A name may itself contain `manifests` and `blobs`, so the end of the path decides.
 * Undefined for an endpoint that this registry does not have. Throws `NAME_INVALID`, `TAG_INVALID` or `DIGEST_INVALID`.
 */
export function parseEndpoint(path: string, maxPackages: number): Endpoint | undefined {
  if (path === "/v2" || path === "/v2/") return { kind: "version" };
  if (path === CATALOG_PATH) return { kind: "catalog" };
  const [, repository = "", collection, reference] = IN_REPOSITORY.exec(path) ?? [];
  if (reference === undefined) return undefined;
  const image = { repository, name: parseImageName(repository, maxPackages) };
  if (collection === "tags") return { kind: "tag list", ...image };
  if (collection === "blobs") return { kind: "blob", ...image, digest: parseReferenceDigest(reference) };
  if (collection === "referrers") return { kind: "referrers", ...image, digest: parseReferenceDigest(reference) };
  return isTagLike(reference)
    ? { kind: "tag", ...image, tag: parseTag(reference) }
    : { kind: "manifest", ...image, digest: parseReferenceDigest(reference) };
}

const IN_REPOSITORY = /^\/v2\/(?:(.*)\/)?(manifests|blobs|referrers|tags(?=\/list$))\/([^/]*)$/s;

/** Clients may percent-encode the colon of a digest, and no other character. */
const ENCODED_COLON = /%3a/i;

function isTagLike(reference: string): boolean {
  return !reference.includes(":") && !ENCODED_COLON.test(reference);
}

function parseReferenceDigest(reference: string): Digest {
  return parseDigest(reference.replace(ENCODED_COLON, ":"));
}
