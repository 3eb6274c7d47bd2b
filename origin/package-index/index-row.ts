import type { IndexedPackage } from "../../protocol/package-index.ts";
import { plainLine } from "../../protocol/plain-text.ts";

/** A search result has room for no more; UTF-16 code units. */
const MAX_DESCRIPTION = 200;
const MAX_VERSION = 60;
/** The first of the two code units that some characters have. */
const HALF_CHARACTER = /[\uD800-\uDBFF]$/;

/** One line of each, whatever the package set says. Markup stays as it is: it is text. */
export function indexRow(name: string, version: string, description: string): IndexedPackage {
  return [name, oneLine(version, MAX_VERSION), oneLine(description, MAX_DESCRIPTION)];
}

function oneLine(text: string, maxLength: number): string {
  // Long before it is cut: a description may be a book.
  const line = plainLine(start(text, maxLength * 10).replaceAll(/\s+/g, " ")).trim();
  return line.length <= maxLength ? line : `${start(line, maxLength - 1).trimEnd()}…`;
}

/** At most so many code units, and no half of a character. */
function start(text: string, length: number): string {
  return text.slice(0, length).replace(HALF_CHARACTER, "");
}
