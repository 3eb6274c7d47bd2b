import { describe, expect, test } from "vitest";
import { isCommit, isImpossibleTag, isSignatureTag, parseTag } from "../../protocol/tag.ts";

describe("it is a tag:", () => {
  test.each(["latest", "1.2", "_", "A-b.c_D", "nixos-25.11", "a".repeat(128), "sha256-abc.sig"])("%s", (tag) => {
    expect(parseTag(tag)).toBe(tag);
  });
});

describe("it is not a tag:", () => {
  test.each(["", ".a", "-a", "a/b", "a:b", "a b", "a%2F", "ä", "a\n", "a\u0000", "..", "a".repeat(129)])(
    "%j",
    (tag) => {
      expect(() => parseTag(tag)).toThrow(expect.objectContaining({ code: "TAG_INVALID" }));
    },
  );
});

test.each([
  [`sha256-${"0".repeat(64)}`, true],
  [`sha256-${"0".repeat(64)}.sig`, true],
  ["sha256-", true],
  ["sha256", false],
  ["xsha256-", false],
  ["latest", false],
])("%s is the tag of a signature: %s", (tag, expected) => {
  expect(isSignatureTag(tag)).toBe(expected);
});

test.each([
  ["a..b", true],
  ["v1.", true],
  ["main.lock", true],
  ["main.locked", false],
  ["v1.2", false],
  ["_", false],
  ["latest", false],
])("%s is a tag that no source can have: %s", (tag, expected) => {
  expect(isImpossibleTag(tag)).toBe(expected);
});

test.each([
  ["0123456789abcdef0123456789abcdef01234567", true],
  ["0123456789abcdef0123456789abcdef0123456", false],
  ["0123456789abcdef0123456789abcdef012345678", false],
  ["0123456789ABCDEF0123456789ABCDEF01234567", false],
  ["latest", false],
])("%s is a commit: %s", (tag, expected) => {
  expect(isCommit(tag)).toBe(expected);
});
