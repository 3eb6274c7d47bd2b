import { sha256Hex } from "../../protocol/hex.ts";
import { deriveHash, type PasswordHash } from "../../protocol/password-hash.ts";
import type { RestrictedAccess } from "./access-settings.ts";
import { Recent } from "../../protocol/recent.ts";

/** A pull sends the same password some twenty times within a minute; hashing it once is enough. */
const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 1000;

/** Of each set of users, the passwords that were right, as hashes. */
const remembered = new WeakMap<RestrictedAccess, Recent<true>>();

/** Whether a user has this password. Takes as long for a name that nobody has. */
export async function checkPassword(access: RestrictedAccess, user: string, password: string): Promise<boolean> {
  const recent = remembered.get(access) ?? new Recent<true>(MAX_REMEMBERED, REMEMBERED_MS);
  remembered.set(access, recent);
  const key = await sha256Hex(JSON.stringify([user, password]));
  if (recent.get(key)) return true;
  const { salt, hash } = access.users.get(user) ?? NOBODY;
  const isRight = crypto.subtle.timingSafeEqual(await deriveHash(password, salt), hash) && access.users.has(user);
  if (isRight) recent.set(key, true);
  return isRight;
}

/** Stands in for a user whom there is not. */
const NOBODY: PasswordHash = { salt: new Uint8Array(16), hash: new Uint8Array(32) };
