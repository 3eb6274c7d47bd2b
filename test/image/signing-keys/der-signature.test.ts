import { describe, expect, test } from "vitest";
import { derFromRaw, isDerSignature, rawFromDer } from "../../../image/signing-keys/der-signature.ts";
import { fromHex, toHex } from "../../../protocol/hex.ts";

/** A number of 32 bytes. */
const number = (hex: string) => hex.padStart(64, "0");
const ONE = number("01");
const FULL = "ff".repeat(32);
const LOW = `7f${"ff".repeat(31)}`;

describe("raw and DER are two forms of one signature", () => {
  test.each([
    ["the smallest numbers", ONE, ONE, "3006020101020101"],
    ["numbers whose first bit is set get a zero in front", FULL, FULL, `3046022100${FULL}022100${FULL}`],
    ["numbers whose first bit is clear do not", LOW, LOW, `30440220${LOW}0220${LOW}`],
    ["leading zeros are left out", number("80"), number("0100"), "30080202008002020100"],
    ["one short, one long number", ONE, FULL, `3026020101022100${FULL}`],
  ])("%s", (_, r, s, der) => {
    expect(toHex(derFromRaw(fromHex(r + s)))).toBe(der);
    expect(toHex(rawFromDer(fromHex(der)) ?? new Uint8Array())).toBe(r + s);
    expect(isDerSignature(fromHex(der))).toBe(true);
  });
});

test.each([
  ["nothing", ""],
  ["r is zero", number("00") + ONE],
  ["s is zero", ONE + number("00")],
  ["too short", FULL],
  ["too long", `${FULL}${FULL}01`],
])("no raw signature: %s", (_, hex) => {
  expect(() => derFromRaw(fromHex(hex))).toThrow("not a signature of P-256");
});

test.each([
  ["nothing", ""],
  ["no sequence", "3106020101020101"],
  ["a wrong length", "3007020101020101"],
  ["a length of two bytes", "308106020101020101"],
  ["bytes behind the sequence", "300602010102010100"],
  ["bytes behind the numbers", "300802010102010105000"],
  ["one number", "3003020101"],
  ["three numbers", "3009020101020101020101"],
  ["a number of another type", "3006030101020101"],
  ["an empty number", "30050200020101"],
  ["a number that is longer than the bytes", "3006020101027f01"],
  ["a negative number", "3006020181020101"],
  ["zero", "3006020100020101"],
  ["a needless zero in front", "300702020001020101"],
  ["two zeros in front", "30080203000080020101"],
  ["33 bytes", `3026022101${FULL}020101`],
])("no DER signature: %s", (_, hex) => {
  expect(rawFromDer(fromHex(hex))).toBeNull();
  expect(isDerSignature(fromHex(hex))).toBe(false);
});
