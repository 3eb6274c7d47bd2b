import { expect, test } from "vitest";
import { indexRow } from "../../../origin/package-index/index-row.ts";

test.each([
  ["one line", " Two\n\tlines \r\n of text ", "Two lines of text"],
  ["markup as it is", '<script>alert("x")</script> & co', '<script>alert("x")</script> & co'],
  ["no colours and control characters", "\u001b[31mred\u001b[0m\u0007 \u202eevil", "red evil"],
  ["short, with whole characters", "😀".repeat(300), `${"😀".repeat(99)}…`],
  ["without half a character, even if most of the text is removed", `${"\0".repeat(1999)}😀`, ""],
  ["the beginning of a book", "a ".repeat(1_000_000), `${"a ".repeat(100).trim()}…`],
])("a description is %s", (_, text, shown) => {
  expect(indexRow("git", "1", text)).toEqual(["git", "1", shown]);
});

test("a version is short, too", () => {
  expect(indexRow("git", "1".repeat(100), "")).toEqual(["git", `${"1".repeat(59)}…`, ""]);
});
