import assert from "node:assert/strict";
import * as fc from "fast-check";
import { contentRange, parseRange, resolveRange } from "../../../worker/registry/range.ts";
import { longText, mutated, oddText } from "../odd-text.ts";
import { type Property, property, quickly } from "../property.ts";

const number = fc.oneof(
  fc.nat({ max: 40 }).map(String),
  fc.bigInt({ min: 0n, max: 2n ** 70n }).map(String),
  fc.constantFrom("", "00", "9".repeat(400), "9007199254740993"),
);
const range = fc.tuple(number, number).map(([first, last]) => `bytes=${first}-${last}`);
const header = fc.oneof(range, mutated(range), oddText(), longText("bytes=", " ", "0"));

/** The first and last byte that the header asks for. Undefined if it does not ask for a part. */
function bounds(text: string, size: bigint): readonly [first: bigint, last: bigint] | undefined {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(text) ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") return [BigInt(last) > size ? 0n : size - BigInt(last), size - 1n];
  if (last !== "" && BigInt(last) < BigInt(first)) return undefined;
  return [BigInt(first), last === "" || BigInt(last) >= size ? size - 1n : BigInt(last)];
}

export const ranges: readonly Property[] = [
  property(
    "ranges/within-the-body",
    fc.tuple(header, fc.oneof(fc.nat({ max: 40 }), fc.maxSafeNat())),
    ([text, size]) => {
      const requested = quickly(() => parseRange(text));
      const part = requested && resolveRange(requested, size);
      if (!part) return;
      const { offset, length } = part;
      assert.ok(Number.isSafeInteger(offset) && Number.isSafeInteger(length));
      assert.ok(offset >= 0 && length > 0 && offset + length <= size);
      assert.match(contentRange(part, size), /^bytes \d+-\d+\/\d+$/);
    },
  ),

  property("ranges/bytes", fc.tuple(fc.oneof(range, mutated(range)), fc.nat({ max: 40 })), ([text, size]) => {
    const expected = bounds(text, BigInt(size));
    const requested = parseRange(text);
    if (!expected || !requested) return;
    const part = resolveRange(requested, size);
    const [first, last] = expected;
    assert.deepEqual(part, first <= last ? { offset: Number(first), length: Number(last - first) + 1 } : null);
  }),
];
