import { expect, test } from "vitest";
import { cleanText, documentJson } from "../../../image/facts/clean-text.ts";

test.each([
  ['plain "text"', 'plain "text"'],
  ["two\nlines\tand a tab", "two lines and a tab"],
  ["\u001b[31mred\u001b[0m", "red"],
  ["over\u202eride", "over ride"],
  ["null\u0000", "null "],
  ["half \ud83c", "half \ufffd"],
  ["🎉 é", "🎉 é"],
])("%j becomes one clean line", (text, expected) => {
  expect(cleanText(text)).toBe(expected);
});

test("all texts of a document become clean, and missing members stay missing", () => {
  expect(documentJson({ name: "a\u0007", list: [{ text: "\ud800" }], count: 1, none: undefined })).toBe(
    '{"name":"a ","list":[{"text":"\ufffd"}],"count":1}',
  );
});
