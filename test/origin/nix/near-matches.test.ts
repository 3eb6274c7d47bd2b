import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { imageSteps, nearMatches } from "../../../origin/nix/near-matches.ts";

const NAMES = [
  "7zz",
  "code",
  "git",
  "gitfull",
  "htop",
  "jq",
  "nodejs",
  "nodejs_18",
  "nodejs_20",
  "postgresql",
  "python3",
  "python3packages",
  "ripgrep",
  "ripgrep-all",
  "world",
];

describe("a mistyped word finds similar steps:", () => {
  test.each([
    ["ripgrpe", ["ripgrep"]],
    ["ripgre", ["ripgrep", "ripgrep-all"]],
    ["pyton3", ["python3"]],
    ["phyton3", ["python3"]],
    ["python3packges", ["python3packages"]],
    ["nodejs18", ["nodejs_18", "nodejs"]],
    ["node", ["nodejs", "nodejs_18", "nodejs_20"]],
    ["postgres", ["postgresql"]],
    ["gti", ["git"]],
    ["hotp", ["htop"]],
    ["7zzz", ["7zz"]],
    ["wolrd", ["world"]],
  ])("%s: %j", (word, matches) => {
    expect(nearMatches(word, NAMES)).toEqual(matches);
  });
});

test.each(["nosuch", "zzzzzzzzzz", "x", "jw", "gi", "libreoffice", ""])("a nonsense word finds nothing: %j", (word) => {
  expect(nearMatches(word, NAMES)).toEqual([]);
});

test("equally similar matches are sorted", () => {
  expect(nearMatches("abcx", ["abcz", "abca", "abcm", "abcb"])).toEqual(["abca", "abcb", "abcm"]);
});

test("each attribute becomes the step that finds it in an image's name, if there is one", () => {
  const attributes = ["Hello", "hello", "_7zz", "_1password-cli", "a.b", "a b", "_x", "__functor", "x'", "nodejs_18"];
  expect(imageSteps(attributes)).toEqual(["hello", "7zz", "1password-cli", "nodejs_18"]);
});

test("the order of the names makes no difference", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(NAMES, { minLength: NAMES.length }), (names) => {
      for (const word of ["nodejs18", "git1", "ripgre"])
        expect(nearMatches(word, names)).toEqual(nearMatches(word, NAMES));
    }),
  );
});
