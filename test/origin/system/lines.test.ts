import { describe, expect, test } from "vitest";
import { LineReader } from "../../../origin/system/lines.ts";

/** Reads the lines of pieces that arrive one after the other. */
function linesOf(pieces: readonly (string | Buffer)[], maxBytes = 10): string[] {
  const reader = new LineReader({ maxBytes, onLong: (beginning) => `${beginning}…` });
  return [...pieces.flatMap((piece) => [...reader.read(Buffer.from(piece))]), ...reader.end()];
}

describe("a line ends at a line feed", () => {
  test.each<[string, string[], string[]]>([
    ["also if pieces end in the middle of a line", ["a", "b\nc", "\n", "\nd"], ["ab", "c", "", "d"]],
    ["and a carriage return before it is removed", ["a\r\n", "b\r", "\nc\r"], ["a", "b", "c"]],
    ["and not at a carriage return", ["a\rb\r\rc\n"], ["a\rb\r\rc"]],
    ["and not at U+2028 or U+2029", ["a\u2028@\u2029@\n"], ["a\u2028@\u2029@"]],
    ["and not at U+0085 or a form feed", ["a\u0085b\fc\vd\n"], ["a\u0085b\fc\vd"]],
    ["or at the last byte", ["a\n", "b"], ["a", "b"]],
    ["and an empty text has no lines", [""], []],
  ])("%s", (_, pieces, lines) => {
    expect(linesOf(pieces)).toEqual(lines);
  });
});

test("a character of several bytes can be split between pieces", () => {
  const bytes = Buffer.from("äö€\n");
  expect(linesOf([...bytes].map((byte) => Buffer.of(byte)))).toEqual(["äö€"]);
});

test("bytes that are not UTF-8 do not change the next line", () => {
  expect(linesOf([Buffer.from([0x61, 0xc3, 0x0a, 0xa4, 0x0a])])).toEqual(["a\uFFFD", "\uFFFD"]);
});

describe("the reader skips the rest of a line that is too long", () => {
  test.each<[string, string[], string[]]>([
    ["in one piece", ["0123456789x\nb\n"], ["0123456789…", "b"]],
    ["in several pieces", ["01234", "56789", "x", "yz\nb\n"], ["0123456789…", "b"]],
    ["up to its end in a later piece", ["0123456789xyz", "more", "more\nb\n"], ["0123456789…", "b"]],
    ["at the end of the input", ["0123456789xyz"], ["0123456789…"]],
    ["but not of a line with the maximum length", ["0123456789", "\nb"], ["0123456789", "b"]],
  ])("%s", (_, pieces, lines) => {
    expect(linesOf(pieces)).toEqual(lines);
  });
});

test("a line may be longer than the longest possible string", () => {
  const reader = new LineReader({ maxBytes: 10, onLong: (beginning) => beginning });
  const chunk = Buffer.alloc(1_048_576, "x");
  const lines = Array.from({ length: 1024 }, () => [...reader.read(chunk)]).flat();
  expect([...lines, ...reader.read(Buffer.from("\nb\n"))]).toEqual(["x".repeat(10), "b"]);
});

test("a long line needs only limited memory, also byte by byte", () => {
  const reader = new LineReader({ maxBytes: 1_000_000, onLong: (beginning) => `${beginning.length}` });
  const before = process.memoryUsage();
  const lines: string[] = [];
  for (let count = 0; count < 3_000_000; count++) lines.push(...reader.read(Buffer.of(0x61)));
  const after = process.memoryUsage();
  expect(lines).toEqual(["1000000"]);
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(20_000_000);
});
