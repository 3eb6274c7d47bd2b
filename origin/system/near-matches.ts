import leven from "leven";
import { compareText } from "../../protocol/compare-text.ts";

/** People read three suggestions at once. A longer list would take time. */
const MAX_MATCHES = 3;
/** A word may have one slip for each three letters. So a nonsense word matches nothing. */
const LETTERS_PER_SLIP = 3;
const MAX_SLIPS = 3;

/**
 * The names that a mistyped word most likely means, best first: `ripgrpe` gives `ripgrep`.
 * These count as one slip: an extra, missing or wrong letter, two swapped letters, or a missing end.
 */
export function nearMatches(word: string, names: readonly string[]): string[] {
  const limit = Math.min(MAX_SLIPS, Math.floor(word.length / LETTERS_PER_SLIP));
  if (limit === 0) return [];
  return names
    .map((name) => ({ name, slips: countSlips(word, name, limit) }))
    .filter(({ slips }) => slips <= limit)
    .map((match) => ({ ...match, shared: sharedStart(word, match.name) }))
    .toSorted(
      (a, b) =>
        // People rarely mistype the first letters, so a long equal beginning is a good sign.
        a.slips - b.slips || b.shared - a.shared || a.name.length - b.name.length || compareText(a.name, b.name),
    )
    .slice(0, MAX_MATCHES)
    .map(({ name }) => name);
}

/** Returns any number above the limit if there are more slips than the limit. */
function countSlips(word: string, name: string, limit: number): number {
  if (name.startsWith(word) || isSwapped(word, name)) return 1;
  // A set may have tens of thousands of names. This check excludes most of them quickly.
  if (Math.abs(word.length - name.length) > limit) return Infinity;
  return leven(word, name, { maxDistance: limit + 1 });
}

/** Whether two neighbouring letters are swapped and all others are equal. */
function isSwapped(word: string, name: string): boolean {
  if (word.length !== name.length) return false;
  const at = sharedStart(word, name);
  return name === `${word.slice(0, at)}${word.charAt(at + 1)}${word.charAt(at)}${word.slice(at + 2)}`;
}

function sharedStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
