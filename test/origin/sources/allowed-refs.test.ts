import { describe, expect, test } from "vitest";
import { matchesAny, parseAllowedRefs } from "../../../origin/sources/allowed-refs.ts";
import { Settings } from "../../../origin/system/settings.ts";

describe("a pattern matches a whole name", () => {
  test.each([
    ["main", ["main"], ["Main", "main2", "xmain", ""]],
    ["*", ["main", "a/b", ""], []],
    ["release-*", ["release-1", "release-"], ["release", "xrelease-1"]],
    ["*-stable", ["a-stable", "-stable"], ["a-stable2", "stable"]],
    ["v*.*", ["v1.2", "v.", "v1.2.3"], ["v1", "1.2"]],
    ["a*b*c", ["abc", "axbxc", "abbc"], ["acb", "ab", "ac", "abcx"]],
    ["ab*ba", ["abba", "abxba"], ["aba"]],
    ["team/*", ["team/x"], ["team"]],
    ["v1.0", ["v1.0"], ["v1x0"]],
  ])("%s", (pattern, fitting, others) => {
    expect(fitting.filter((name) => !matchesAny([pattern], name))).toEqual([]);
    expect(others.filter((name) => matchesAny([pattern], name))).toEqual([]);
  });

  test("quickly, even with many `*`", () => {
    expect(matchesAny(["*a".repeat(60)], "a".repeat(59))).toBe(false);
  });
});

describe("CORNICE_ALLOWED_REFS", () => {
  test.each([
    [undefined, undefined],
    ["", undefined],
    [" main  release-* ", ["main", "release-*"]],
  ])("%j is %j", (text, patterns) => {
    const settings = new Settings({ CORNICE_ALLOWED_REFS: text });
    expect(parseAllowedRefs(settings)).toEqual({ patterns });
    expect(settings.problems).toEqual([]);
  });

  test.each(["main,dev", "ma?n", "^main", "a".repeat(201), "a ".repeat(101).trim()])("%s is refused", (text) => {
    const settings = new Settings({ CORNICE_ALLOWED_REFS: text });
    parseAllowedRefs(settings);
    expect(settings.problems).toEqual([
      `CORNICE_ALLOWED_REFS is ${JSON.stringify(text)}; it must be at most 100 names separated by spaces, such as main release-*`,
    ]);
  });
});
