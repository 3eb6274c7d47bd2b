import { expect, test } from "vitest";
import { fromBase64, toBase64 } from "../../../image/signing-keys/base64.ts";

// https://www.rfc-editor.org/rfc/rfc4648#section-10
test.each([
  ["", ""],
  ["f", "Zg=="],
  ["fo", "Zm8="],
  ["foo", "Zm9v"],
  ["foob", "Zm9vYg=="],
])("%j is %j", (text, base64) => {
  const bytes = new TextEncoder().encode(text);
  expect(toBase64(bytes)).toBe(base64);
  expect(fromBase64(base64)).toEqual(Uint8Array.from(bytes));
});

test("a megabyte comes back as it was", () => {
  const bytes = Uint8Array.from({ length: 1_000_003 }, (_, index) => (index * 7) % 256);
  // `toEqual` is slow for so many bytes.
  expect(fromBase64(toBase64(bytes))?.every((byte, index) => byte === bytes[index])).toBe(true);
});

test.each(["Zg", "Zg=", "Z===", "====", "Zm9v ", "Zm\n9", "Zm9v\n===", "Zm-_", "Zg==Zg==", "Zé9v"])(
  "%j is not base64",
  (text) => {
    expect(fromBase64(text)).toBeNull();
  },
);
