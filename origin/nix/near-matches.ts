import leven from "leven";
import { isComponent } from "../../protocol/image-name.ts";
import { compareText } from "../../protocol/compare-text.ts";

/** More would be a list to read instead of an answer. */
const MAX_MATCHES = 3;
/** One slip is forgiven for every so many letters, so that nonsense is near to nothing. */
const LETTERS_PER_SLIP = 3;
const MAX_SLIPS = 3;

/** Attributes as the steps of an image's name that find them, each once: `_7zz` is found by `7zz`. */
export function imageSteps(attributes: readonly string[]): string[] {
  const steps = attributes.map((attribute) => attribute.toLowerCase().replace(/^_(?=\d)/, ""));
  // A dot would separate two steps.
  return [...new Set(steps)].filter((step) => !step.includes(".") && isComponent(step));
}

/**
 * The steps that a word most likely stands for, best first: `ripgrpe` gives `ripgrep`. A slip is a letter
 * too many, too few or wrong, two that are swapped, or an end that is missing.
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
        // Hardly anybody mistypes the first letters.
        a.slips - b.slips || b.shared - a.shared || a.step.length - b.step.length || compareText(a.step, b.step),
    )
    .slice(0, MAX_MATCHES)
    .map(({ step }) => step);
}

/** Anything above the limit for more slips than that. */
function countSlips(word: string, step: string, limit: number): number {
  if (step.startsWith(word) || isSwapped(word, step)) return 1;
  // Spares most of the work: a set may have tens of thousands of names.
  if (Math.abs(word.length - step.length) > limit) return Infinity;
  return leven(word, step, { maxDistance: limit + 1 });
}

/** Whether two neighbouring letters are swapped and nothing else differs. */
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
