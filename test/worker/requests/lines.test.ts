import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readLines, readStart } from "../../../worker/requests/lines.ts";

/** A stream of these bytes, in pieces of this size. */
function streamOf(text: string, pieceLength: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += pieceLength) controller.enqueue(bytes.slice(at, at + pieceLength));
      controller.close();
    },
  });
}

describe("lines", () => {
  test.each([
    ["none", "", []],
    ["one", "a\n", ["a"]],
    ["two with an empty one between them", "a\n\nb\n", ["a", "b"]],
    ["a last one that was cut", "a\nb", ["a"]],
    ["as long as allowed", "12345\n", ["12345"]],
    ["too long between others", "a\n123456\nb\n", ["a", "b"]],
    ["much too long at the start", `${"x".repeat(100)}\nb\n`, ["b"]],
    ["several that are too long", "123456\n123456\nb\n1234567\n", ["b"]],
    ["with characters of several bytes", "üü\n€\n", ["üü", "€"]],
  ])("%s", async (_, text, lines) => {
    for (const pieceLength of [1, 2, 3, 7, 1000]) {
      expect(await Array.fromAsync(readLines(streamOf(text, pieceLength), 5))).toEqual(lines);
    }
  });

  test("do not depend on how the stream is cut", async () => {
    const text = fc.array(fc.string({ maxLength: 8 })).map((lines) => lines.join("\n"));
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 20 }), async (content, pieceLength) => {
        const complete = content.split("\n").slice(0, -1);
        const expected = complete.filter((line) => line !== "" && line.length <= 5);
        expect(await Array.fromAsync(readLines(streamOf(content, pieceLength), 5))).toEqual(expected);
      }),
    );
  });
});

test.each([
  ["", ""],
  ["abc", "abc"],
  ["abcdefgh", "abcde"],
])("the start of %j", async (text, start) => {
  for (const pieceLength of [1, 3, 100]) expect(await readStart(streamOf(text, pieceLength), 5)).toBe(start);
});
