import { expect, test } from "vitest";
import { byteString, bytesOf, decodeText } from "../../../image/tar/byte-string.ts";

test.each([
  ["", ""],
  ["bin/git", "bin/git"],
  ["\0\n\u007f", "\0\n\u007f"],
  ["größe", "gr\u00c3\u00b6\u00c3\u009fe"],
  ["\u{1F600}", "\u00f0\u009f\u0098\u0080"],
  ["\ufeffx", "\u00ef\u00bb\u00bfx"],
])("%j becomes one character for each byte, and can be decoded", (text, bytes) => {
  expect(byteString(text)).toBe(bytes);
  expect(decodeText(bytesOf(bytes))).toBe(text);
});

test("bytes that are not UTF-8 are kept in a byte string, and lost in a text", () => {
  expect([...bytesOf("a\u00ff\u00c3")]).toEqual([0x61, 0xff, 0xc3]);
  expect(decodeText(bytesOf("a\u00ff\u00c3"))).toBe("a\ufffd\ufffd");
});
