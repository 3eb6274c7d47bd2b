import { describe, expect, it } from "vitest";
import { isOlder, newestOf, parseNixVersion, parseVersionLine } from "../../../origin/isolation/nix-version.ts";

function version(text: string) {
  const parsed = parseNixVersion(text);
  if (!parsed) throw new Error(`${text} is no version`);
  return parsed;
}

describe("the version of a Nix", () => {
  it.each([
    ["nix-instantiate (Nix) 2.8.0", "2.8.0", [2, 8, 0]],
    ["nix-instantiate (Nix) 2.34.8", "2.34.8", [2, 34, 8]],
    ["nix-instantiate (Nix) 2.34.0pre20251217_b6add8d", "2.34.0pre20251217_b6add8d", [2, 34, 0]],
    ["nix-instantiate (Lix, like Nix) 2.93.3", "2.93.3", [2, 93, 3]],
    ["nix-instantiate (Determinate Nix 3.6.2) 2.29.0", "2.29.0", [2, 29, 0]],
  ])("is the last word of %j", (line, text, numbers) => {
    expect(parseVersionLine(line)).toEqual({ text, numbers });
  });

  it.each(["", "nix-instantiate", "nix-instantiate (Nix)", "nix 2.", "nix 2.1.1.1.1", `nix ${"9".repeat(400)}`])(
    "is not in %j",
    (line) => {
      expect(parseVersionLine(line)).toBeUndefined();
    },
  );
});

it.each([
  ["2.8.0", "2.18", true],
  ["2.18", "2.8.0", false],
  ["2.18", "2.18.0", false],
  ["2.18.0", "2.18", false],
  ["2.3.16", "2.3.17", true],
  ["2.26.3", "99", true],
  ["2.34.0pre1", "2.34", false],
])("%s is older than %s: %j", (one, other, expected) => {
  expect(isOlder(version(one), version(other))).toBe(expected);
});

it("the newest version is found among several", () => {
  expect(newestOf([version("2.3"), version("2.18"), version("2.8")])?.text).toBe("2.18");
  expect(newestOf([])).toBeUndefined();
});
