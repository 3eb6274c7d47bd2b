import { describe, expect, test } from "vitest";
import { toHex } from "../../protocol/hex.ts";
import { deriveHash, formatPasswordHash, hashPassword, parsePasswordHash } from "../../protocol/password-hash.ts";

/** Computed by Python's `hashlib.pbkdf2_hmac("sha256", "pässword".encode(), bytes(16), 100000)`. */
const KNOWN = "26d7919c28a4a60a365b0e9b7ff963305bfd3e363d8da11aaf48a474c7b904f9";

test("a hash is PBKDF2's with SHA-256 and 100,000 rounds", async () => {
  expect(toHex(await deriveHash("pässword", new Uint8Array(16)))).toBe(KNOWN);
});

test("each hash of a password is different, and can be read back", async () => {
  const [one, other] = await Promise.all([hashPassword("x"), hashPassword("x")]);
  expect(one.hash).not.toEqual(other.hash);
  expect(parsePasswordHash(formatPasswordHash(one))).toEqual(one);
  expect(await deriveHash("x", one.salt)).toEqual(one.hash);
});

test("a hash needs no quotes in a shell", async () => {
  expect(formatPasswordHash(await hashPassword("x"))).toMatch(/^[a-z0-9.-]+$/);
});

describe("it is not a hash:", () => {
  const [salt, hash] = ["0".repeat(32), "0".repeat(64)];

  test.each([
    "",
    "password",
    `pbkdf2-sha256.1.${salt}.${hash}`,
    `pbkdf2-sha512.100000.${salt}.${hash}`,
    `pbkdf2-sha256.100000.${salt}`,
    `pbkdf2-sha256.100000..${hash}`,
    `pbkdf2-sha256.100000.${salt}.${hash}0`,
    `pbkdf2-sha256.100000.${salt}.${hash}\n`,
  ])("%j", (text) => {
    expect(parsePasswordHash(text)).toBeUndefined();
  });
});
