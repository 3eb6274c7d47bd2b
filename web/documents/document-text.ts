import { plainLine } from "../../protocol/plain-text.ts";

/** UTF-16 code units. A package URL with a hash has about 120. */
const MAX_SHOWN = 300;
/** The first half of a character that has two code units. */
const HALF_CHARACTER = /[\uD800-\uDBFF]$/;

/** Makes one short line of a text in a document. Undefined if it is no text, or if nothing of it can be seen. */
export function documentText(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  // A hostile text may be as long as the document, so it is cut before it is cleaned.
  const line = plainLine(value.slice(0, MAX_SHOWN * 4), " ")
    .toWellFormed()
    .trim();
  const shown = line.length <= MAX_SHOWN ? line : `${line.slice(0, MAX_SHOWN - 1).replace(HALF_CHARACTER, "")}…`;
  return shown === "" ? undefined : shown;
}

/** An address that a page may link to. Undefined for another scheme, such as `javascript:`. */
export function linkAddress(value: unknown): string | undefined {
  const url = typeof value === "string" ? URL.parse(value) : null;
  return url !== null && /^https?:$/.test(url.protocol) ? url.href : undefined;
}
