import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type ByteRange, contentRange, parseRange, resolveRange } from "../../../worker/registry/range.ts";

function resolve(header: string | null, size: number): ByteRange | null | undefined {
  const range = parseRange(header);
  return range && resolveRange(range, size);
}

test.each([
  [null, 10, undefined],
  ["bytes=0-0", 10, { offset: 0, length: 1 }],
  ["Bytes= 2-4 ", 10, { offset: 2, length: 3 }],
  ["bytes=2-", 10, { offset: 2, length: 8 }],
  ["bytes=-1", 10, { offset: 9, length: 1 }],
  ["bytes=10-", 10, null],
  ["bytes=0-", 0, null],
  ["bytes=-5", 0, null],
  ["bytes=-0", 10, null],
  ["bytes=5-4", 10, undefined],
  ["bytes=12-11", 10, undefined],
  ["bytes=0-1, 3-4", 10, undefined],
])("%j of %i bytes", (header, size, range) => {
  expect(resolve(header, size)).toEqual(range);
});

test("a range cuts the same bytes as slice does", () => {
  const bound = fc.nat({ max: 30 });
  fc.assert(
    fc.property(bound, bound, bound, (first, extra, size) => {
      const bytes = Array.from({ length: size }, (_, index) => index);
      const range = resolve(`bytes=${first}-${first + extra}`, size);
      const expected = bytes.slice(first, first + extra + 1);
      expect(range ? bytes.slice(range.offset, range.offset + range.length) : []).toEqual(expected);
    }),
  );
});

test("Content-Range names the last byte, not the one after it", () => {
  expect(contentRange({ offset: 2, length: 3 }, 10)).toBe("bytes 2-4/10");
});
