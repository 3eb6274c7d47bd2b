import * as fc from "fast-check";

/** Each of these has a meaning for a parser, a terminal, a file system or a regular expression. */
const SIGNS = [
  ..."/._-:%*@#?&=+~,;|<>()[]{}$^!\\\"'` 019afgzAZ".split(""),
  ..."\0\t\n\v\r\u001b\u007f\u0085\u009b\u00a0\u00e9\u200b\u200d\u2028\u2029\u202e\ufeff\ufffd".split(""),
  "\u{1f600}",
  // Lone surrogates: halves of characters.
  "\ud800",
  "\udc00",
];

/** Names of members that every object inherits. */
const INHERITED = ["__proto__", "constructor", "hasOwnProperty", "prototype", "toString", "valueOf"];

/** Odd text: control characters, halves of characters, signs of all kinds. */
export function oddText(maxLength = 40): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: fc.constantFrom(...SIGNS), maxLength }),
    fc.string({ unit: "binary", maxLength }),
    fc.string({ unit: "grapheme-ascii", maxLength }),
    fc.constantFrom(...INHERITED),
  );
}

/** Odd text without halves of characters. A stream of UTF-8 cannot have them. */
export function wholeText(maxLength = 40): fc.Arbitrary<string> {
  return oddText(maxLength).map((text) => text.toWellFormed());
}

/** A line that repeats a part thousands of times. It reveals code whose time grows with the square of the length. */
export function longText(...parts: readonly string[]): fc.Arbitrary<string> {
  const part = parts.length === 0 ? oddText(4) : fc.oneof(fc.constantFrom(...parts), oddText(4));
  return fc
    .tuple(part, part, fc.integer({ min: 1, max: 10_000 }), part)
    .map(([start, middle, count, end]) => `${start}${middle.repeat(count)}${end}`);
}

/** Texts that a parser accepts, with some places removed, doubled or overwritten. */
export function mutated(valid: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const change = fc.record({
    at: fc.nat({ max: 10_000 }),
    removed: fc.nat({ max: 6 }),
    inserted: fc.oneof(oddText(3), fc.constant("")),
    isTwice: fc.boolean(),
  });
  return fc.tuple(valid, fc.array(change, { maxLength: 3 })).map(([text, changes]) =>
    changes.reduce((changed, { at, removed, inserted, isTwice }) => {
      const start = at % (changed.length + 1);
      const rest = changed.slice(isTwice ? start : start + removed);
      return `${changed.slice(0, isTwice ? start + removed : start)}${inserted}${rest}`;
    }, text),
  );
}
