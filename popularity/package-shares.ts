import { compareText } from "../origin/nix/store-path.ts";

/** Four digits: layers only ask whether a package is in more than a tenth or so of all closures. */
const DIGITS = 4;

/** For each package, sorted by name, the share of closures that contain it. A closure may name a package twice. */
export function packageShares(closures: readonly (readonly string[])[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const closure of closures) {
    for (const name of new Set(closure)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const sorted = [...counts].toSorted(([a], [b]) => compareText(a, b));
  return Object.fromEntries(sorted.map(([name, count]) => [name, Number((count / closures.length).toFixed(DIGITS))]));
}
