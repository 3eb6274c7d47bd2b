import { sha256Hex } from "../../protocol/hex.ts";
import { deriveHash, type PasswordHash } from "../../protocol/password-hash.ts";
import type { RestrictedAccess } from "./access-settings.ts";
import { Recent } from "../../protocol/recent.ts";
import { perIsolate } from "../memory/per-isolate.ts";

/** What somebody logs in with. */
interface UserPassword {
  readonly user: string;
  readonly password: string;
}

/** A pull sends the same password some twenty times within a minute; hashing it once is enough. */
const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 1000;

/** Of each set of users, the passwords that were right, as hashes. */
const passwordsOf = perIsolate<RestrictedAccess, Recent<true>>(() => new Recent(MAX_REMEMBERED, REMEMBERED_MS));

/**
 * Whether a user has this password. Takes as long for a name that nobody has. `admit` decides whether the password may
 * be hashed, and throws if not; one that is remembered is not asked about, and is remembered anew with each use: who
 * tries wrong passwords does not stop those who are logged in.
 */
export async function checkPassword(
  access: RestrictedAccess,
  { user, password }: UserPassword,
  admit: () => Promise<void>,
): Promise<boolean> {
  const recent = passwordsOf(access);
  const key = await sha256Hex(JSON.stringify([user, password]));
  const isRight = recent.get(key) ?? (await isRightPassword(access, { user, password }, admit));
  if (isRight) recent.set(key, true);
  return isRight;
}

async function isRightPassword(
  { users }: RestrictedAccess,
  { user, password }: UserPassword,
  admit: () => Promise<void>,
): Promise<boolean> {
  await admit();
  const { salt, hash } = users.get(user) ?? NOBODY;
  return crypto.subtle.timingSafeEqual(await deriveHash(password, salt), hash) && users.has(user);
}

/** Stands in for a user whom there is not. */
const NOBODY: PasswordHash = { salt: new Uint8Array(16), hash: new Uint8Array(32) };
