import { expect, test } from "vitest";
import { plainLine, plainText, withoutControls } from "../../protocol/plain-text.ts";

test.each([
  ["colours", "\u001b[31;1merror:\u001b[0m it failed", "error: it failed"],
  ["a link", "\u001b]8;;http://x\u0007here\u001b]8;;\u0007", "here"],
  ["a link with other terminators", "\u001b]8;;http://x\u001b\\here\u009d8;;\u009c", "here"],
  ["colours of eight bits", "\u009b1mbold\u009b0m", "bold"],
  ["a character set", "\u001b(Ba\u001bc", "a"],
  ["the start of a link without an end", "a\u001b]b", "ab"],
  ["a bell and a null", "a\u0007b\u0000c", "abc"],
  ["characters that reverse the direction", "a\u202eb", "ab"],
  ["characters at which some programs end a line", "a\u2028b\u2029c", "abc"],
  ["tabs, which become spaces", "\ta\tb", " a b"],
  ["nothing from other alphabets", "‘größer’ ✓", "‘größer’ ✓"],
])("a plain line has no terminal controls: %s", (_, line, plain) => {
  expect(plainLine(line)).toBe(plain);
});

test.each(["\u001b]8;;", "\u009d", "\u001b[;#", "\u001b[1;", "\u009b", "\u001b "])(
  "a long line of %j takes no longer than other lines",
  (sequence) => {
    const begun = performance.now();
    plainLine(sequence.repeat(200_000));
    expect(performance.now() - begun).toBeLessThan(2000);
  },
);

test.each([
  ["colours", "\u001b[1;31mred\u001b[0m <b>bold</b>\ttab\u0007\u009b", "red <b>bold</b>\ttab"],
  ["line ends and tabs, which stay", "one\n\ttwo\n", "one\n\ttwo\n"],
  ["carriage returns", "one\r\ntwo\rthree", "one\ntwothree"],
  ["characters that hide or reorder text", "a\u200bb\u2066c\u2028d\ufeff", "abcd"],
])("a plain text has no terminal controls: %s", (_, text, plain) => {
  expect(plainText(text)).toBe(plain);
});

test("a gap keeps words apart that only control characters separate", () => {
  expect(plainLine("\u001b[2Jone\r\ntwo\u2028three\tfour", " ")).toBe("one  two three four");
});

test("a text without controls still shows the printable part of a terminal sequence", () => {
  expect(withoutControls("\u001b]0;title\u0007\u001b[2Jcleared\r\n\u202e\ttab")).toBe("]0;title[2Jcleared\n\ttab");
});
