import { LIST_MEDIA_TYPES, type ManifestFormat, MEDIA_TYPES } from "../../protocol/media-types.ts";

/** Known clients send at most 600 characters. The rest of a longer header does not count. */
const MAX_ACCEPT_LENGTH = 4096;

/** A format's manifests and lists of manifests. */
interface FormatTypes {
  readonly manifest: string;
  readonly list: string;
}

const OCI: FormatTypes = { manifest: MEDIA_TYPES.oci.manifest, list: LIST_MEDIA_TYPES.oci };
const DOCKER: FormatTypes = { manifest: MEDIA_TYPES.docker.manifest, list: LIST_MEDIA_TYPES.docker };

/** By media range: whether the client accepts it. */
type Accepted = ReadonlyMap<string, boolean>;

/**
 * Picks the manifest format for an `Accept` header: Docker's, if the client accepts Docker's types and not OCI's. Every
 * other client gets OCI, even a client that prefers Docker's: most clients then see one digest for a tag. A client
 * that accepts neither gets OCI, as if it sent no header.
 */
export function acceptedFormat(accept: string | null): ManifestFormat {
  if (accept === null) return "oci";
  const accepted = parseAccept(accept);
  return !takes(accepted, OCI) && takes(accepted, DOCKER) ? "docker" : "oci";
}

/**
 * A client that accepts only lists gets the image's manifest, as from other registries: there is no list, and clients
 * know both. A precise type counts before a wildcard: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
 */
function takes(accepted: Accepted, { manifest, list }: FormatTypes): boolean {
  const wildcard = () => accepted.get("application/*") ?? accepted.get("*/*") ?? accepted.get("*") ?? false;
  return accepted.get(manifest) ?? (accepted.get(list) || wildcard());
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
