import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nearMatches } from "../../../origin/system/near-matches.ts";

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

describe("a mistyped word finds similar names:", () => {
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

test("the order of the names makes no difference", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(NAMES, { minLength: NAMES.length }), (names) => {
      for (const word of ["nodejs18", "git1", "ripgre"])
        expect(nearMatches(word, names)).toEqual(nearMatches(word, NAMES));
    }),
  );
});
