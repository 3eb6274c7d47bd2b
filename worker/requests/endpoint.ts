import { type Digest, foreignDigestMessage, isForeignDigest, parseDigest } from "../../protocol/digest.ts";
import { type ImageName, parseImageName } from "../../protocol/image-name.ts";
import { OciError, type OciErrorCode } from "../../protocol/oci-error.ts";
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
  readonly kind: "manifest" | "blob";
  readonly digest: Digest;
}

interface ReferrersEndpoint extends OfImage {
  readonly kind: "referrers";
  /** Undefined for a digest of another algorithm than sha256: nothing here refers to it. */
  readonly digest: Digest | undefined;
}

/** The parsed path of a request under `/v2/`. */
export type Endpoint =
  | { readonly kind: "version" }
  | { readonly kind: "catalog" }
  | TagEndpoint
  | TagListEndpoint
  | DigestEndpoint
  | ReferrersEndpoint;

/** The list of all images. */
export const CATALOG_PATH = "/v2/_catalog";

/** The path of a request's URL, undecoded. Routers decode paths, but `%2F` must not become a slash. */
export function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + "://".length);
  return url.slice(start).replace(/[?#].*$/s, "");
}

/**
 * Parses an undecoded path. A name may itself contain `manifests` and `blobs`, so the end of the path decides.
 * Undefined for an endpoint that this registry does not have. Throws `NAME_UNKNOWN`, `MANIFEST_UNKNOWN` or
 * `BLOB_UNKNOWN` for text that no image, tag or blob here can have, and `DIGEST_INVALID` for a malformed digest. A
 * request for referrers is never answered with 404, so it throws `NAME_INVALID`.
 */
export function parseEndpoint(path: string, maxPackages: number): Endpoint | undefined {
  if (path === "/v2" || path === "/v2/") return { kind: "version" };
  if (path === CATALOG_PATH) return { kind: "catalog" };
  const [, repository = "", collection, reference] = IN_REPOSITORY.exec(path) ?? [];
  if (reference === undefined) return undefined;
  if (collection === "referrers") {
    const image = { repository, name: parseImageName(repository, maxPackages) };
    return { kind: "referrers", ...image, digest: parseReferenceDigest(reference) };
  }
  const name = unknownIfInvalid("NAME_UNKNOWN", () => parseImageName(repository, maxPackages));
  if (collection === "tags") return { kind: "tag list", repository, name };
  if (collection === "blobs") return { kind: "blob", repository, name, digest: ownDigest("BLOB_UNKNOWN", reference) };
  return isTagLike(reference)
    ? { kind: "tag", repository, name, tag: unknownIfInvalid("MANIFEST_UNKNOWN", () => parseTag(reference)) }
    : { kind: "manifest", repository, name, digest: ownDigest("MANIFEST_UNKNOWN", reference) };
}

const IN_REPOSITORY = /^\/v2\/(?:(.*)\/)?(manifests|blobs|referrers|tags(?=\/list$))\/([^/]*)$/s;

/** Clients may percent-encode the colon of a digest, and no other character. */
const ENCODED_COLON = /%3a/i;

function isTagLike(reference: string): boolean {
  return !reference.includes(":") && !ENCODED_COLON.test(reference);
}

/** Nothing has a name or a tag outside of the grammar. The specification wants 404 for it, and not 400. */
function unknownIfInvalid<T>(code: OciErrorCode, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof OciError ? new OciError(code, error.message) : error;
  }
}

/** Throws `code` for a digest of another algorithm than sha256. */
function ownDigest(code: OciErrorCode, reference: string): Digest {
  const digest = parseReferenceDigest(reference);
  if (digest === undefined) throw new OciError(code, foreignDigestMessage(decoded(reference)));
  return digest;
}

/** Undefined for a digest of another algorithm than sha256. Throws `DIGEST_INVALID`. */
function parseReferenceDigest(reference: string): Digest | undefined {
  const text = decoded(reference);
  return isForeignDigest(text) ? undefined : parseDigest(text);
}

function decoded(reference: string): string {
  return reference.replace(ENCODED_COLON, ":");
}
