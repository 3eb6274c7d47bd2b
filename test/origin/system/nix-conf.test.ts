import { expect, test } from "vitest";
import { nixConfLines } from "../../../origin/system/nix-conf.ts";

test.each([
  ["cores = 4", { number: 1, text: "cores = 4", setting: { name: "cores", value: "4" } }],
  ["\n  cores=4 # all", { number: 2, text: "cores=4", setting: { name: "cores", value: "4" } }],
  ["substituters =", { number: 1, text: "substituters =", setting: { name: "substituters", value: "" } }],
  ["a = b = c", { number: 1, text: "a = b = c", setting: { name: "a", value: "b = c" } }],
  ["include other.conf", { number: 1, text: "include other.conf", setting: undefined }],
  ["Cores = 4", { number: 1, text: "Cores = 4", setting: undefined }],
])("the line of %j", (text, line) => {
  expect(nixConfLines(text)).toEqual([line]);
});

test.each(["", "\n\n", "# cores = 4", "   # all"])("%j has no line", (text) => {
  expect(nixConfLines(text)).toEqual([]);
});
