import { OciError } from "../../protocol/oci-error.ts";
import { findPublicKeys } from "../stores/public-keys.ts";
import type { StoreSettings } from "../stores/store-settings.ts";

/** `cosign verify --key https://HOST/keys/cosign.pub` reads the keys here. */
export const PUBLIC_KEYS_PATH = "/keys/cosign.pub";

/** Keys change rarely. A client that has an old key for some minutes verifies less, and nothing wrong. */
const CACHING = "public, max-age=300, no-transform";

/**
 * The public keys as PEM, the current one first. They are no secret, so everybody gets them. Throws `NAME_UNKNOWN` if the
 * registry signs nothing. The keys are parsed and written anew, so nothing else in the stored file gets out.
 */
export async function answerPublicKeys(config: Pick<StoreSettings, "r2">): Promise<Response> {
  const keys = await findPublicKeys(config);
  if (keys.length === 0) throw new OciError("NAME_UNKNOWN", "this registry has no key, because it signs nothing");
  const body = new TextEncoder().encode(keys.map(({ pem }) => pem).join(""));
  return new Response(body, {
    headers: {
      "Content-Type": "text/plain; charset=UTF-8",
      "Content-Length": String(body.length),
      "Cache-Control": CACHING,
    },
  });
}
