import { describe, expect, test } from "vitest";
import { componentOf, nameSteps } from "../../../origin/package-index/package-names.ts";

describe("the name of an attribute", () => {
  test.each<[string, readonly string[], Readonly<Record<string, string>>]>([
    ["is in lower case", ["git", "bashInteractive"], { git: "git", bashInteractive: "bashinteractive" }],
    ["has no underscore before a digit", ["_7zz", "_foo"], { _7zz: "7zz", _foo: "_foo" }],
    ["is left out if two attributes have it in lower case", ["aB", "Ab", "c"], { c: "c" }],
    ["goes to the attribute with exactly this name", ["ab", "aB", "Ab"], { ab: "ab" }],
    ["goes to the attribute with exactly this name, also with digits", ["_7zz", "7zz"], { "7zz": "7zz" }],
    ["has no dot, because a dot separates steps", ["a.b", "c"], { c: "c" }],
    ["has only letters, digits, dashes and underscores", ["größe", "a b", "\u212a", "'", "k"], { k: "k" }],
  ])("%s", (_, attributes, names) => {
    expect(Object.fromEntries(nameSteps(attributes))).toEqual(names);
  });
});

describe("a component", () => {
  test.each<[string, readonly string[], string | undefined]>([
    ["is all steps", ["python3packages", "requests"], "python3packages.requests"],
    ["obeys the grammar of image names", ["a___b"], undefined],
    ["does not begin with an underscore", ["_foo"], undefined],
    ["is not a meta-package", ["shell"], undefined],
    ["is not an architecture", ["arm64"], undefined],
    ["may be one of several steps", ["x", "shell"], "x.shell"],
    ["is not longer than a name may be", ["a".repeat(256)], undefined],
  ])("%s", (_, steps, component) => {
    expect(componentOf(steps)).toBe(component);
  });
});
