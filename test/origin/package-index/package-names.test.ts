import { describe, expect, test } from "vitest";
import { componentOf, nameSteps } from "../../../origin/package-index/package-names.ts";

describe("the name of an attribute", () => {
  test.each<[string, readonly string[], Readonly<Record<string, string>>]>([
    ["is in lower case", ["git", "bashInteractive"], { git: "git", bashInteractive: "bashinteractive" }],
    ["has no underscore before a digit", ["_7zz", "_foo"], { _7zz: "7zz", _foo: "_foo" }],
    ["is no other's: both are refused", ["aB", "Ab", "c"], { c: "c" }],
    ["is the exact one's before all others'", ["ab", "aB", "Ab"], { ab: "ab" }],
    ["is the exact one's, digits too", ["_7zz", "7zz"], { "7zz": "7zz" }],
    ["has no dot: that would be a step", ["a.b", "c"], { c: "c" }],
    ["has nothing but letters, digits, dashes and underscores", ["größe", "a b", "\u212a", "'", "k"], { k: "k" }],
  ])("%s", (_, attributes, names) => {
    expect(Object.fromEntries(nameSteps(attributes))).toEqual(names);
  });
});

describe("a component", () => {
  test.each<[string, readonly string[], string | undefined]>([
    ["is all steps", ["python3packages", "requests"], "python3packages.requests"],
    ["obeys the grammar of image names", ["a___b"], undefined],
    ["does not begin with an underscore", ["_foo"], undefined],
    ["is no meta-package", ["shell"], undefined],
    ["is no architecture", ["arm64"], undefined],
    ["may be one of several steps", ["x", "shell"], "x.shell"],
    ["is not longer than a name", ["a".repeat(256)], undefined],
  ])("%s", (_, steps, component) => {
    expect(componentOf(steps)).toBe(component);
  });
});
