import { below, type Random, shuffled } from "../layering/seeded-random.ts";

/** Draws names of images that nobody has pulled before. */
export interface Combinations {
  /**
   * A combination of `min` to `max` packages, in canonical order. Some of `among`, if given, are in it. Throws if there
   * seem to be no more.
   */
  draw(wanted: WantedCombination): string;
}

export interface WantedCombination {
  readonly min: number;
  readonly max: number;
  /** One of these is always in it. */
  readonly among?: readonly string[];
}

/** After this many draws of combinations that were drawn before, there are probably no more. */
const MAX_ATTEMPTS = 1000;

export function createCombinations(packages: readonly string[], random: Random): Combinations {
  const drawn = new Set<string>();
  return {
    draw({ min, max, among = [] }) {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const count = min + below(random, max - min + 1);
        const names = new Set([...shuffled(random, among).slice(0, 1), ...shuffled(random, packages)].slice(0, count));
        const name = [...names].toSorted().join("/");
        if (names.size < min || drawn.has(name)) continue;
        drawn.add(name);
        return name;
      }
      throw new Error(`${packages.length} packages have no more combinations`);
    },
  };
}

/** A sample of packages, the same for the same random numbers. `always` are in it. */
export function samplePackages(
  all: readonly string[],
  { count, always }: { readonly count: number; readonly always: readonly string[] },
  random: Random,
): string[] {
  const others = shuffled(
    random,
    all.filter((name) => !always.includes(name)),
  );
  return [...always, ...others].slice(0, count);
}
