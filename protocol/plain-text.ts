/**
 * Sequences that a terminal obeys: colours and cursor movements, then links and titles, then shorter ones. No sequence
 * can begin inside another one, so the time grows only with the length of the text.
 */
const TERMINAL_SEQUENCES =
  // oxlint-disable-next-line no-control-regex -- the pattern finds control characters to remove them
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b\]|\u009d)[^\u0007\u001b\u009c\u009d]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-~]/g;
/**
 * All control characters but tabs and newlines. Format characters (Cf) can reorder or hide text. Some programs end a
 * line at U+2028 and U+2029.
 */
const CONTROL_CHARACTERS = /[^\P{Cc}\t\n]|[\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Removes control characters, but not tabs and newlines. The printable rest of a terminal sequence stays visible. */
export function withoutControls(text: string): string {
  return text.replaceAll(CONTROL_CHARACTERS, "");
}

/** Removes terminal sequences and control characters, but not tabs and newlines. */
export function plainText(text: string): string {
  return withoutControls(text.replaceAll(TERMINAL_SEQUENCES, ""));
}

/** Makes one line without terminal sequences: tabs become spaces, and other control characters become `gap`. */
export function plainLine(text: string, gap = ""): string {
  const words = text.replaceAll(TERMINAL_SEQUENCES, "").replaceAll("\t", " ").replaceAll("\n", gap);
  return words.replaceAll(CONTROL_CHARACTERS, gap);
}
