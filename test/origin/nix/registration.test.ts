import { describe, expect, test } from "vitest";
import { parseRegistration } from "../../../origin/nix/registration.ts";
import { registration } from "./fake-nix.ts";

const GIT = { path: "/nix/store/00000000000000000000000000000000-git-2.51.0", narSize: 12, references: [] };
const BASH = {
  path: "/nix/store/11111111111111111111111111111111-bash-5.3",
  narSize: 34,
  references: [GIT.path, "/nix/store/11111111111111111111111111111111-bash-5.3"],
};
const LINES = registration(BASH);

test.each([
  ["no path", []],
  ["a path without references", [GIT]],
  ["a path with references", [BASH]],
  ["paths one after another", [BASH, GIT, BASH]],
])("the parser reads %s", (_, paths) => {
  expect(parseRegistration(paths.flatMap(registration))).toEqual(paths);
});

test("the deriver is not a reference", () => {
  expect(parseRegistration(LINES.with(3, `${GIT.path}.drv`))).toEqual([BASH]);
});

describe("the parser refuses", () => {
  test.each([
    ["another line", ["hello"]],
    ["an end in the middle", LINES.slice(0, 4)],
    ["an end before the last reference", LINES.slice(0, -1)],
    ["a reference too many", [...LINES, GIT.path]],
    ["an empty line at the end", [...LINES, ""]],
    ["a path outside of the store", LINES.with(0, "/etc")],
    ["a reference outside of the store", [...LINES.slice(0, -1), "/etc"]],
    ["a size in words", LINES.with(2, "many")],
    ["a negative size", LINES.with(2, "-1")],
    ["a size that is too large for a number", LINES.with(2, "9".repeat(16))],
    ["no size", LINES.with(2, "")],
    ["a count in words", LINES.with(4, "two")],
    ["a negative count", LINES.with(4, "-5")],
    ["no count", LINES.with(4, "")],
    ["a count that is a fraction", LINES.with(4, "1.5")],
  ])("%s", (_, lines) => {
    expect(() => parseRegistration(lines)).toThrow(/^nix-store --dump-db printed something unexpected for /);
  });
});
