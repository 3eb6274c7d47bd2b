import { expect, test } from "vitest";
import { parentOf } from "../../../image/root/parent-of.ts";

test.each([
  ["a/b/c", "a/b"],
  ["a/b/c/", "a/b"],
  ["/a", ""],
  ["/a/b", "/a"],
  ["a", ""],
  ["a/", ""],
  ["/", ""],
  ["", ""],
])("the directory above %j is %j", (path, parent) => {
  expect(parentOf(path)).toBe(parent);
});
