import { cleanText } from "./clean-text.ts";

/** Code units of a text from a package set. The longest usual ones, CPE names and addresses, have about 200. */
const MAX_TEXT_LENGTH = 1000;

/** Reads a text from a package set. Undefined if it is no text, empty or too long. */
export function readText(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > MAX_TEXT_LENGTH) return undefined;
  return cleanText(value).trim() || undefined;
}
