import { PUBLIC_KEYS_KEY } from "../../protocol/storage-keys.ts";
import { type ObjectStore, putText, readText } from "../stores/object-store.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Characters. Two keys have less than 400. */
const MAX_LENGTH = 16_384;

/** Writes the public keys, the current one first, if the store does not have exactly these. Throws `StoreError`. */
export async function publishPublicKeys(store: ObjectStore, keys: SigningKeys): Promise<void> {
  const pem = keys.map(({ publicKey }) => publicKey.pem).join("");
  if ((await readText(store, PUBLIC_KEYS_KEY, MAX_LENGTH)) === pem) return;
  await putText(store, PUBLIC_KEYS_KEY, pem, "application/x-pem-file");
}
