import leven from "leven";
import type { IndexedPackage } from "../../protocol/package-index.ts";

/** Packages in a form that is fast to search. */
export interface SearchIndex {
  readonly packages: readonly IndexedPackage[];
  /** Descriptions in lower case, in the order of the packages. Names are in lower case already. */
  readonly descriptions: readonly string[];
}

export interface SearchResult {
  /** Best first, up to the limit. */
  readonly packages: readonly IndexedPackage[];
  /** How many match in all. */
  readonly total: number;
  /** Nothing matches, and the packages have similar names. */
  readonly isGuess: boolean;
}

/** The number of descriptions that are prepared without a pause. They take about two milliseconds. */
const PREPARED_AT_ONCE = 5000;

/** Returns the index. Yields after each part of the work, so that the caller can let the page do other things. */
export function* prepareSearch(packages: readonly IndexedPackage[]): Generator<undefined, SearchIndex> {
  const descriptions: string[] = [];
  for (const [place, [, , description]] of packages.entries()) {
    descriptions.push(description.toLowerCase());
    if (place % PREPARED_AT_ONCE === PREPARED_AT_ONCE - 1) yield undefined;
  }
  return { packages, descriptions };
}

/** Every word must be in the name or the description. */
export function search(index: SearchIndex, query: string, limit: number): SearchResult {
  const words = query.toLowerCase().trim().split(/\s+/);
  const isAny = words[0] === "";
  if (isAny) return { packages: [], total: 0, isGuess: false };
  // By rank, because most of the packages that a single letter finds are never sorted.
  const hits: number[][] = [];
  let total = 0;
  for (const [place, [name]] of index.packages.entries()) {
    const rank = rankOf(name, index.descriptions[place] ?? "", words);
    if (rank === NO_MATCH) continue;
    (hits[rank] ??= []).push(place);
    total++;
  }
  if (total === 0) return { packages: nearNames(index, words.join("-"), limit), total, isGuess: true };
  return { packages: bestOf(index, hits, limit), total, isGuess: false };
}

/** The packages of the lowest ranks. Within one rank, the shortest names come first. */
function bestOf({ packages }: SearchIndex, hits: readonly number[][], limit: number): IndexedPackage[] {
  const best: number[] = [];
  const lengthOf = (place: number) => packages[place]?.[0].length ?? 0;
  for (const places of hits) {
    if (best.length >= limit) break;
    best.push(
      ...(places ?? []).toSorted((one, other) => lengthOf(one) - lengthOf(other) || one - other).slice(0, limit),
    );
  }
  return pick(packages, best.slice(0, limit));
}

const NO_MATCH = Infinity;
const IN_DESCRIPTION = 10;

/** The sum of the ranks of all words. A package without one of the words does not match. */
function rankOf(name: string, description: string, words: readonly string[]): number {
  let rank = 0;
  for (const word of words) {
    const own = rankInName(name, word);
    if (own !== NO_MATCH) rank += own;
    else if (description.includes(word)) rank += IN_DESCRIPTION;
    else return NO_MATCH;
  }
  return rank;
}

/** The word may be the whole name (0), its beginning, the last attribute, the beginning of a part, or anywhere (4). */
function rankInName(name: string, word: string): number {
  const at = name.indexOf(word);
  if (at < 0) return NO_MATCH;
  if (at === 0) return name.length === word.length ? 0 : 1;
  const isAtEnd = name.endsWith(word);
  if (isAtEnd && name[name.length - word.length - 1] === ".") return 2;
  return SEPARATOR.test(name[at - 1] ?? "") ? 3 : 4;
}

const SEPARATOR = /[._-]/;

function pick(packages: readonly IndexedPackage[], places: readonly number[]): IndexedPackage[] {
  return places.flatMap((place) => packages.slice(place, place + 1));
}

/**
 * Allows one typing error in words of up to three letters, and two in longer ones. The first letter must be right:
 * errors there are rare, and take the most time to find.
 */
function nearNames(index: SearchIndex, word: string, limit: number): IndexedPackage[] {
  const slips = Math.min(2, Math.ceil(word.length / 3));
  const hits: { place: number; distance: number }[] = [];
  for (const [place, [name]] of index.packages.entries()) {
    if (name[0] !== word[0] || Math.abs(name.length - word.length) > slips) continue;
    const distance = leven(name, word, { maxDistance: slips + 1 });
    if (distance <= slips) hits.push({ place, distance });
  }
  hits.sort((one, other) => one.distance - other.distance || one.place - other.place);
  const nearest = hits.slice(0, Math.min(limit, MAX_GUESSES));
  return pick(
    index.packages,
    nearest.map(({ place }) => place),
  );
}

const MAX_GUESSES = 5;
