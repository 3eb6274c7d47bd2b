import { KeyError } from "../../image/signing-keys/key-error.ts";
import { parsePublicKeys, type PublicKey } from "../../image/signing-keys/public-key.ts";
import { PUBLIC_KEYS_KEY } from "../../protocol/storage-keys.ts";
import { logFailure } from "../answers/errors.ts";
import { readSmallObject } from "./r2.ts";
import type { StoreSettings } from "./store-settings.ts";

/** While keys are rotated there are two, of 180 bytes each. Bytes. */
const MAX_KEYS_BYTES = 16_384;

/**
 * The keys that verify this registry's signatures, the current one first. Empty if the registry signs nothing, or if the
 * stored keys are damaged. Throws `UNAVAILABLE` if R2 fails.
 */
export async function findPublicKeys(config: Pick<StoreSettings, "r2">): Promise<readonly PublicKey[]> {
  const bytes = await readSmallObject(config, PUBLIC_KEYS_KEY, MAX_KEYS_BYTES);
  if (!bytes) return [];
  try {
    return await parsePublicKeys(new TextDecoder().decode(bytes));
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    logFailure("the stored public keys cannot be read", error);
    return [];
  }
}
