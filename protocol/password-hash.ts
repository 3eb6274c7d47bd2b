import { fromHex, toHex } from "./hex.ts";

/** The most that Cloudflare's runtime allows. One would be enough for the random passwords of `npm run password`. */
const ITERATIONS = 100_000;
const SALT_BYTES = 16;
const HASH_BITS = 256;
/** Dots separate the parts, because shells and dotenv files do not change dots. */
const FORM = new RegExp(
  `^pbkdf2-sha256\\.${ITERATIONS}\\.([0-9a-f]{${SALT_BYTES * 2}})\\.([0-9a-f]{${HASH_BITS / 4}})$`,
);

/** The stored form of a password. */
export interface PasswordHash {
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly hash: Uint8Array<ArrayBuffer>;
}

/** Undefined for text that `formatPasswordHash` does not write. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const [, salt, hash] = FORM.exec(text) ?? [];
  return salt === undefined || hash === undefined ? undefined : { salt: fromHex(salt), hash: fromHex(hash) };
}

export function formatPasswordHash({ salt, hash }: PasswordHash): string {
  return ["pbkdf2-sha256", ITERATIONS, toHex(salt), toHex(hash)].join(".");
}

/** Hashes a new password, with a new salt. */
export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  return { salt, hash: await deriveHash(password, salt) };
}

/** PBKDF2 with SHA-256. It takes some tens of milliseconds of CPU time. */
export async function deriveHash(password: string, salt: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(password), "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ITERATIONS };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, HASH_BITS));
}
