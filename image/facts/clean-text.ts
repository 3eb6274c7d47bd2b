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

/** A sign that is not printable ASCII, or an escape of one. It also finds the letter after a backslash, and does no harm. */
const UNUSUAL_JSON = /[^ -~]|\\[^"\\]/;

/**
 * JSON of a document for other programs. All texts in it become clean. Usual documents need one fast look: asking for
 * each text would take three times as long.
 */
export function documentJson(document: object): string {
  const json = JSON.stringify(document);
  if (!UNUSUAL_JSON.test(json)) return json;
  return JSON.stringify(document, (_, value: unknown) => (typeof value === "string" ? cleanText(value) : value));
}
