import leven from "leven";
import { isComponent } from "../../protocol/image-name.ts";
import { compareText } from "../../protocol/compare-text.ts";

/** People read three suggestions at once. A longer list would take time. */
const MAX_MATCHES = 3;
/** A word may have one slip for each three letters. So a nonsense word matches nothing. */
const LETTERS_PER_SLIP = 3;
const MAX_SLIPS = 3;

/** Turns attributes into the steps of an image name that find them, without duplicates: `7zz` finds `_7zz`. */
export function imageSteps(attributes: readonly string[]): string[] {
  const steps = attributes.map((attribute) => attribute.toLowerCase().replace(/^_(?=\d)/, ""));
  // In an image name, a dot separates two steps. So no single step finds an attribute with a dot.
  return [...new Set(steps)].filter((step) => !step.includes(".") && isComponent(step));
}

/**
 * The steps that a mistyped word most likely means, best first: `ripgrpe` gives `ripgrep`.
 * These count as one slip: an extra, missing or wrong letter, two swapped letters, or a missing end.
 */
export function nearMatches(word: string, steps: readonly string[]): string[] {
  const limit = Math.min(MAX_SLIPS, Math.floor(word.length / LETTERS_PER_SLIP));
  if (limit === 0) return [];
  return steps
    .map((step) => ({ step, slips: countSlips(word, step, limit) }))
    .filter(({ slips }) => slips <= limit)
    .map((match) => ({ ...match, shared: sharedStart(word, match.step) }))
    .toSorted(
      (a, b) =>
        // People rarely mistype the first letters, so a long equal beginning is a good sign.
        a.slips - b.slips || b.shared - a.shared || a.step.length - b.step.length || compareText(a.step, b.step),
    )
    .slice(0, MAX_MATCHES)
    .map(({ step }) => step);
}

/** Returns any number above the limit if there are more slips than the limit. */
function countSlips(word: string, step: string, limit: number): number {
  if (step.startsWith(word) || isSwapped(word, step)) return 1;
  // A set may have tens of thousands of names. This check excludes most of them quickly.
  if (Math.abs(word.length - step.length) > limit) return Infinity;
  return leven(word, step, { maxDistance: limit + 1 });
}

/** Whether two neighbouring letters are swapped and all others are equal. */
function isSwapped(word: string, step: string): boolean {
  if (word.length !== step.length) return false;
  const at = sharedStart(word, step);
  return step === `${word.slice(0, at)}${word.charAt(at + 1)}${word.charAt(at)}${word.slice(at + 2)}`;
}

function sharedStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
