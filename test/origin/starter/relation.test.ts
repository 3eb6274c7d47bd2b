import { describe, expect, it } from "vitest";

import { parseRelations, satisfies } from "../../../origin/starter/relation.ts";

describe("parseRelations", () => {
  it.each([
    ["", []],
    ["libc6", [[{ name: "libc6" }]]],
    ["libc6 (>= 2.36)", [[{ name: "libc6", operator: ">=", version: "2.36" }]]],
    ["perl:any, a | b (= 1)", [[{ name: "perl" }], [{ name: "a" }, { name: "b", operator: "=", version: "1" }]]],
    ["wine32:i386 | wine64", [[{ name: "wine64" }]]],
    ["libstdc++6(>=12)", [[{ name: "libstdc++6", operator: ">=", version: "12" }]]],
  ])("reads %j", (field, expected) => {
    expect(parseRelations(field)).toEqual(expected);
  });
});

describe("satisfies", () => {
  it.each([
    ["1.0", undefined, undefined, true],
    [undefined, undefined, undefined, true],
    [undefined, ">=", "1.0", false],
    ["1.0", "<<", "1.0", false],
    ["1.0", "<=", "1.0", true],
    ["1.0", "=", "1.0-1", false],
    ["2:1", ">>", "1:9", true],
  ])("%s for %s %s: %s", (version, operator, wanted, expected) => {
    const relation = operator && wanted ? { name: "a", operator, version: wanted } : { name: "a" };
    expect(satisfies(version, relation)).toBe(expected);
  });
});
