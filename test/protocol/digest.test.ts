import { describe, expect, test } from "vitest";
import { digestHex, digestOf, isDigest, isForeignDigest, parseDigest, sha256Digest } from "../../protocol/digest.ts";
import { fromHex, sha256Hex, toHex } from "../../protocol/hex.ts";
import { containing } from "../matchers.ts";

const HEX = "0123456789abcdef".repeat(4);
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

test("a digest is parsed, is made of a hash, and gives its hash back", () => {
  const digest = parseDigest(`sha256:${HEX}`);
  expect(digest).toBe(`sha256:${HEX}`);
  expect(sha256Digest(HEX)).toBe(digest);
  expect(digestHex(digest)).toBe(HEX);
  expect(isDigest(digest)).toBe(true);
});

test("the digest of bytes is their SHA-256", async () => {
  expect(await digestOf(new Uint8Array())).toBe(`sha256:${EMPTY}`);
  expect(await sha256Hex("ü")).toBe("607474ca475a9724d7360aba71a56d5df77e61350e3f724cfa1f46e857e2d85f");
});

describe("it is not a digest:", () => {
  test.each([
    ["", "not a digest"],
    [HEX, "not a digest"],
    [`sha256:${HEX.slice(1)}`, "not a digest"],
    [`sha256:${HEX}0`, "not a digest"],
    [`sha256:${HEX.toUpperCase()}`, "not a digest"],
    [`sha256:${HEX}\n`, "not a digest"],
    [`SHA256:${HEX}`, "not a digest"],
    [`sha512:${HEX}${HEX}`, "sha256 digests only, not sha512"],
    ["md5:abc", "sha256 digests only, not md5"],
    ["sha256:../../etc", "not a digest"],
  ])("%j", (text, message) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow(
      expect.objectContaining({ code: "DIGEST_INVALID", message: containing(message) }),
    );
  });
});

test.each([
  [`sha512:${HEX}${HEX}`, true],
  [`sha512:${HEX}`, false],
  [`sha512:${HEX}${HEX}`.toUpperCase(), false],
  ["md5:abc", true],
  ["a+b.c_d-e:A=_-", true],
  ["a++b:0", false],
  ["md5:", false],
  ["md5:a:b", false],
  [`md5:${"a".repeat(129)}`, false],
  [`sha256:${HEX}`, false],
  ["sha256:abc", false],
  ["latest", false],
])("%s is a digest of another algorithm: %s", (text, expected) => {
  expect(isForeignDigest(text)).toBe(expected);
});

test("bytes become hexadecimal digits, and bytes again", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  expect(toHex(bytes).slice(0, 8)).toBe("00010203");
  expect(toHex(bytes).slice(-4)).toBe("feff");
  expect(fromHex(toHex(bytes))).toEqual(bytes);
});
