import { describe, expect, test } from "vitest";
import { findDeadEnd, parseSetNames, type SetNames, setNamesJson } from "../../../origin/index/set-names.ts";

const SETS: SetNames = new Map([
  ["", ["Git", "_7zz", "aB", "Ab", "perlPackages", "closed", "Both", "both"]],
  ["perlPackages.", ["DBI", "JSON", "json"]],
]);

const unknown = (name: string, depth: number, within: string) => ({
  kind: "unknown",
  unknown: { name, depth, within },
  names: SETS.get(within),
});

describe("a name that finds nothing:", () => {
  test.each<[name: string, end: unknown]>([
    ["gti", unknown("gti", 0, "")],
    ["nosuch.deeper", unknown("nosuch.deeper", 0, "")],
    ["perlpackages.dbl", unknown("perlpackages.dbl", 1, "perlPackages.")],
    ["ab", { kind: "ambiguous", candidates: ["aB", "Ab"] }],
    ["ab.deeper", { kind: "ambiguous", candidates: ["aB", "Ab"] }],
  ])("%s", (name, end) => expect(findDeadEnd(SETS, name)).toEqual(end));
});

describe("only an evaluation can tell the end of", () => {
  test.each(["git", "7zz", "both", "perlpackages.json", "closed.inner", "git.dev", "perlpackages.dbi.dev"])(
    "%s",
    (name) => expect(findDeadEnd(SETS, name)).toBeUndefined(),
  );

  test("any name, if the sets are missing", () => expect(findDeadEnd(new Map(), "git")).toBeUndefined());
});

test("the sets come back as they were written", () => {
  expect(parseSetNames(setNamesJson(SETS))).toEqual(SETS);
});

test.each([{ "": 1 }, { "": ["a", 1] }, { "": {} }])("damaged sets are no sets: %j", (value) => {
  expect(parseSetNames(value)).toBeUndefined();
});
