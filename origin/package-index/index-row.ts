import type { IndexedPackage } from "../../protocol/package-index.ts";
import { plainLine } from "../../protocol/plain-text.ts";

/** A search result has no room for more. In UTF-16 code units, as the next limit. */
const MAX_DESCRIPTION = 200;
const MAX_VERSION = 60;
/** The first half of a character that has two code units. */
const HALF_CHARACTER = /[\uD800-\uDBFF]$/;

/** Makes one short line of each text of a package set. Markup is plain text here, and stays as it is. */
export function indexRow(name: string, version: string, description: string): IndexedPackage {
  return [name, oneLine(version, MAX_VERSION), oneLine(description, MAX_DESCRIPTION)];
}

function oneLine(text: string, maxLength: number): string {
  // A description may be as long as a book, so it is cut before it is cleaned.
  const line = plainLine(start(text, maxLength * 10).replaceAll(/\s+/g, " ")).trim();
  return line.length <= maxLength ? line : `${start(line, maxLength - 1).trimEnd()}…`;
}

/** The first `length` code units, without half a character at the end. */
function start(text: string, length: number): string {
  return text.slice(0, length).replace(HALF_CHARACTER, "");
}
