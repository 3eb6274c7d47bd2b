import { compareText } from "../protocol/compare-text.ts";

/** Counts how many closures contain each package, one closure after the other. */
export interface ShareCounter {
  /** A closure may name a package twice. */
  add(closure: Iterable<string>): void;
  readonly closures: number;
  /** For each package, sorted by name, the share of closures that contain it. */
  shares(): Record<string, number>;
}

/** Four digits are enough: layers only ask whether a package is in a tenth, or in 40 %, of all closures. */
const DIGITS = 4;

export function createShareCounter(): ShareCounter {
  const counts = new Map<string, number>();
  let closures = 0;
  return {
    add(closure) {
      closures += 1;
      for (const name of new Set(closure)) counts.set(name, (counts.get(name) ?? 0) + 1);
    },
    get closures() {
      return closures;
    },
    shares() {
      const sorted = [...counts].toSorted(([a], [b]) => compareText(a, b));
      return Object.fromEntries(sorted.map(([name, count]) => [name, Number((count / closures).toFixed(DIGITS))]));
    },
  };
}

export function packageShares(closures: readonly (readonly string[])[]): Record<string, number> {
  const counter = createShareCounter();
  for (const closure of closures) counter.add(closure);
  return counter.shares();
}
