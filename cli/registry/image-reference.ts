import { type Digest, parseDigest } from "../../protocol/digest.ts";
import { isComponent, MAX_NAME_LENGTH } from "../../protocol/image-name.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { DEFAULT_TAG, parseTag } from "../../protocol/tag.ts";

/** An image in a registry. */
export interface ImageReference {
  /** As it was typed. */
  readonly text: string;
  /** Host, and port if there is one. */
  readonly host: string;
  readonly repository: string;
  /** A digest wins over a tag, as in engines. */
  readonly target: Digest | string;
  /** Undefined if the reference has a tag, or nothing. */
  readonly digest: Digest | undefined;
}

const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::[0-9]{1,5})?$/i;
const SCHEME = /^https?:\/\//i;
/** A colon in front of a slash belongs to the host. */
const PARTS = /^([^/@]+)\/([^:@]+)(?::([^:@/]*))?(?:@(.+))?$/;
const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]+)?$/i;

/** Parses `HOST/NAME[:TAG][@DIGEST]`. Throws `NAME_INVALID`, `TAG_INVALID` or `DIGEST_INVALID`. */
export function parseReference(text: string): ImageReference {
  const [, host = "", repository = "", tag, digestText] = PARTS.exec(text.replace(SCHEME, "")) ?? [];
  if (!HOST.test(host) || !isHost(host))
    throw malformed(text, "it must begin with the host of a registry, as in registry.example/shell/git");
  if (host.length + 1 + repository.length > MAX_NAME_LENGTH || !repository.split("/").every(isComponent))
    throw malformed(text, "the name of an image is lower-case letters and digits, separated by slashes");
  const digest = digestText === undefined ? undefined : parseDigest(digestText);
  const named = tag === undefined ? DEFAULT_TAG : parseTag(tag);
  return { text, host, repository, target: digest ?? named, digest };
}

/** A first component without a dot and a port is a part of the name, as in engines. */
function isHost(host: string): boolean {
  return (/[.:]/.test(host) || host.toLowerCase() === "localhost") && URL.canParse(`https://${host}/`);
}

/** Whether a host is this machine. Registries here need no https. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** Bytes of the longest text that an error repeats. */
const MAX_SHOWN = 300;

function malformed(text: string, why: string): OciError {
  return new OciError("NAME_INVALID", `${JSON.stringify(text.slice(0, MAX_SHOWN))} is no image of a registry: ${why}`);
}
