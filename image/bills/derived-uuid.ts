import { type Digest, digestHex } from "../../protocol/digest.ts";

/** https://www.rfc-editor.org/rfc/rfc9562#section-5.8: version 8 leaves all other bits to us. */
const VERSION = "8";
/** The digit that holds the variant has the two bits `10` in front. */
const VARIANT = 0b1000;
const VARIANT_MASK = 0b0011;

/** A UUID of version 8 that follows from a digest, so that one image has one UUID on every machine. */
export function derivedUuid(digest: Digest): string {
  const hex = digestHex(digest);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & VARIANT_MASK) | VARIANT).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    VERSION + hex.slice(13, 16),
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join("-");
}
