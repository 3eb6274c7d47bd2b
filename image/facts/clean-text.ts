import { plainLine } from "../../protocol/plain-text.ts";

/** Most texts are printable ASCII, and need no change. */
const PRINTABLE = /^[ -~]*$/;

/**
 * Makes one line of printable text. A lone surrogate becomes U+FFFD: JSON can hold one, but many parsers and
 * `encodeURIComponent` refuse it.
 */
export function cleanText(text: string): string {
  return PRINTABLE.test(text) ? text : plainLine(text, " ").toWellFormed();
}

/** A character that is not printable ASCII, or an escape of one. A backslash in a text can match, too: that costs time only. */
const UNUSUAL_JSON = /[^ -~]|\\[^"\\]/;

/**
 * JSON of a document for other programs. All texts in it become clean. A usual document needs a single look. A look at
 * each text takes three times as long.
 */
export function documentJson(document: object): string {
  const json = JSON.stringify(document);
  if (!UNUSUAL_JSON.test(json)) return json;
  return JSON.stringify(document, (_, value: unknown) => (typeof value === "string" ? cleanText(value) : value));
}
