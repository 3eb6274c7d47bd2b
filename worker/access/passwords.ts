import { sha256Hex } from "../../protocol/hex.ts";
import { deriveHash, type PasswordHash } from "../../protocol/password-hash.ts";
import type { RestrictedAccess } from "./access-settings.ts";
import { Recent } from "../../protocol/recent.ts";
import { perIsolate } from "../memory/per-isolate.ts";

/** The credentials of a login. */
interface UserPassword {
  readonly user: string;
  readonly password: string;
}

/** A pull sends the same password about twenty times within a minute. It is hashed once. */
const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 1000;

/** The right passwords of each set of users, as hashes. */
const passwordsOf = perIsolate<RestrictedAccess, Recent<true>>(() => new Recent(MAX_REMEMBERED, REMEMBERED_MS));

/**
 * Whether a user has this password. An unknown user takes equally long. `admit` throws if the password must not be
 * hashed. A remembered password is not hashed, so `admit` is not called for it. Each use remembers it for another
 * minute. So a person who tries wrong passwords does not stop users who are logged in.
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

/** The hash to check for an unknown user. */
const NOBODY: PasswordHash = { salt: new Uint8Array(16), hash: new Uint8Array(32) };
