import { describe, expect, test } from "vitest";
import { base32, fromBase32 } from "../../../image/closure/base32.ts";
import { fromHex, toHex } from "../../../protocol/hex.ts";

// From Nix's own tests: `nix-hash --type sha256 --to-base32` of the hash of `abc`.
const HASH = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const TEXT = "1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s";

test("bytes as a text, and back", () => {
  expect(base32(fromHex(HASH))).toBe(TEXT);
  expect(toHex(fromBase32(TEXT, 32) ?? new Uint8Array())).toBe(HASH);
});

test.each([0, 1, 5, 20, 32])("%i bytes come back", (length) => {
  for (const fill of [0, 0x80, 0xff]) {
    const bytes = new Uint8Array(length).fill(fill);
    expect(fromBase32(base32(bytes), length)).toEqual(bytes);
  }
});

describe("refuses", () => {
  test.each([
    ["a digit that is none", TEXT.replace("b", "e")],
    ["an upper-case digit", TEXT.replace("b", "B")],
    ["a digit too few", TEXT.slice(1)],
    ["a digit too many", `0${TEXT}`],
    ["bits behind the last byte", TEXT.replace("1", "2")],
    ["a digit of several code units", `${TEXT.slice(2)}😀`],
  ])("%s", (_, text) => {
    expect(fromBase32(text, 32)).toBeUndefined();
  });
});
