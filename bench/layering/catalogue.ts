import type { DebianClosures } from "./debian-closures.ts";
import type { Image } from "./schemes.ts";
import { below, type Random, rankBelow } from "./seeded-random.ts";

/** Draws random images, as clients might ask for them. */
export interface Catalogue {
  image(programs: readonly string[]): Image;
  randomProgram(random: Random): string;
  /** One or more. */
  randomPrograms(random: Random): string[];
}

/** `programs` are sorted by demand: clients ask for the n-th in proportion to 1 / n. */
export function createCatalogue(closures: DebianClosures, programs: readonly string[], maxPrograms: number): Catalogue {
  const randomProgram = (random: Random) => programs[rankBelow(random, programs.length)] ?? "";
  return {
    image: (names) => ({
      closure: closures.closure(names),
      roots: names.map((attribute) => ({ attribute, path: closures.pathOf(attribute), requested: true })),
    }),
    randomProgram,
    randomPrograms(random) {
      const count = 1 + below(random, maxPrograms);
      return [...new Set(Array.from({ length: count }, () => randomProgram(random)))];
    },
  };
}
