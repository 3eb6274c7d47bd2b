import { expect, test } from "vitest";
import { nameOfAttribute } from "../../protocol/package-label.ts";

test.each([
  ["git", "git"],
  ["bashInteractive", "bashinteractive"],
  ["python3Packages.requests", "python3packages.requests"],
  ["_7zz", "7zz"],
  ["a._3D.b", "a.3d.b"],
  ["_private", "_private"],
])("the attribute %s has the name %s", (attribute, name) => {
  expect(nameOfAttribute(attribute)).toBe(name);
});
