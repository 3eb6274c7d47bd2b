import { isListRequest, type PullRequest } from "../../protocol/image-request.ts";
import { LIST_MEDIA_TYPES, type ManifestFormat, MEDIA_TYPES } from "../../protocol/media-types.ts";

/** Known clients send at most 600 characters. The rest of a longer header does not count. */
const MAX_ACCEPT_LENGTH = 4096;

/** What a client gets for a tag. */
export interface AcceptedFormats {
  /** The format of an image's manifest. */
  readonly image: ManifestFormat;
  /** The format of a list of images. Undefined if the client takes no list. */
  readonly list: ManifestFormat | undefined;
}

/** By media range: whether the client accepts it. */
type Accepted = ReadonlyMap<string, boolean>;

const WITHOUT_HEADER: AcceptedFormats = { image: "oci", list: "oci" };

/**
 * Picks the formats for an `Accept` header. A client that can take OCI gets OCI, even a client that prefers Docker's
 * types: most clients then see one digest for a tag. A client that accepts neither format counts as one that sends no
 * header, and that client takes everything.
 */
export function acceptedFormats(accept: string | null): AcceptedFormats {
  if (accept === null) return WITHOUT_HEADER;
  const accepted = parseAccept(accept);
  const [oci, docker] = [takesImage(accepted, "oci"), takesImage(accepted, "docker")];
  if (!oci && !docker) return WITHOUT_HEADER;
  return { image: oci ? "oci" : "docker", list: listFormat(accepted) };
}

/** The format of the answer to a request. A client gets a list only if it takes one. */
export function formatOf(request: PullRequest, { image, list = image }: AcceptedFormats): ManifestFormat {
  return isListRequest(request) ? list : image;
}

/**
 * A client that accepts only lists gets the manifest of a name that stands for one image, as from other registries:
 * clients know both.
 */
function takesImage(accepted: Accepted, format: ManifestFormat): boolean {
  return accepted.get(MEDIA_TYPES[format].manifest) ?? (accepted.get(LIST_MEDIA_TYPES[format]) || takesAny(accepted));
}

function listFormat(accepted: Accepted): ManifestFormat | undefined {
  if (takesList(accepted, "oci")) return "oci";
  return takesList(accepted, "docker") ? "docker" : undefined;
}

/** The manifests that a list names have its format. So a client that refuses them cannot use the list. */
function takesList(accepted: Accepted, format: ManifestFormat): boolean {
  if (accepted.get(MEDIA_TYPES[format].manifest) === false) return false;
  return accepted.get(LIST_MEDIA_TYPES[format]) ?? takesAny(accepted);
}

/** A precise type counts before a wildcard: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1 */
function takesAny(accepted: Accepted): boolean {
  return accepted.get("application/*") ?? accepted.get("*/*") ?? accepted.get("*") ?? false;
}

/** If the header names a range twice, one accepted mention is enough. `Headers` joins several lines with commas. */
function parseAccept(accept: string): Accepted {
  const accepted = new Map<string, boolean>();
  for (const part of withoutEnd(accept).split(",")) {
    const [type = "", ...parameters] = part.split(";");
    const range = type.trim().toLowerCase();
    accepted.set(range, !parameters.some(isZeroQuality) || accepted.get(range) === true);
  }
  return accepted;
}

function isZeroQuality(parameter: string): boolean {
  return /^\s*q\s*=\s*0(?:\.0*)?\s*$/i.test(parameter);
}

/** Cuts between two ranges, because half of a range would be another range. */
function withoutEnd(accept: string): string {
  if (accept.length <= MAX_ACCEPT_LENGTH) return accept;
  return accept.slice(0, Math.max(0, accept.lastIndexOf(",", MAX_ACCEPT_LENGTH)));
}
