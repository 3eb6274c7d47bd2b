import { sha256Hex } from "./hex.ts";
import { OciError } from "./oci-error.ts";

declare const digestBrand: unique symbol;

/** `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = string & { readonly [digestBrand]: true };

const SHA256_DIGEST = /^sha256:[0-9a-f]{64}$/;
/** The general form: https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests */
const ANY_DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]{1,128}$/;
const SHA512_DIGEST = /^sha512:[0-9a-f]{128}$/;
const MAX_SHOWN = 80;

export function isDigest(text: string): text is Digest {
  return SHA256_DIGEST.test(text);
}

/** Throws `DIGEST_INVALID`. The message tells if only the algorithm is wrong. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  if (isForeignDigest(text)) throw new OciError("DIGEST_INVALID", foreignDigestMessage(text));
  throw new OciError(
    "DIGEST_INVALID",
    `not a digest: ${JSON.stringify(text.slice(0, MAX_SHOWN))}; expected "sha256:" and 64 lower-case hexadecimal digits`,
  );
}

/** Whether a text is a well-formed digest of another algorithm than sha256. No content here has such a digest. */
export function isForeignDigest(text: string): boolean {
  const algorithm = algorithmOf(text);
  if (algorithm === "sha512") return SHA512_DIGEST.test(text);
  return algorithm !== "sha256" && ANY_DIGEST.test(text);
}

/** Tells people why this registry has no content with the digest. */
export function foreignDigestMessage(text: string): string {
  return `this registry holds sha256 digests only, not ${algorithmOf(text).slice(0, MAX_SHOWN)}`;
}

function algorithmOf(text: string): string {
  return text.slice(0, text.indexOf(":"));
}

/** The digest for a hash in hexadecimal. */
export function sha256Digest(hex: string): Digest {
  return parseDigest(`sha256:${hex}`);
}

export function digestHex(digest: Digest): string {
  return digest.slice("sha256:".length);
}

/** Hashes bytes that are already in memory, such as a manifest. */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<Digest> {
  return sha256Digest(await sha256Hex(bytes));
}
