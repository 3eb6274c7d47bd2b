import leven from "leven";
import type { IndexedPackage } from "../../protocol/package-index.ts";

/** Packages in a form that is fast to search. */
export interface SearchIndex {
  readonly packages: readonly IndexedPackage[];
  /** Descriptions in lower case, by the packages' places; names are so anyway. */
  readonly descriptions: readonly string[];
}

export interface SearchResult {
  /** Best first; at most as many as were asked for. */
  readonly packages: readonly IndexedPackage[];
  /** How many match in all. */
  readonly total: number;
  /** Nothing matches; these have names that are close. */
  readonly isGuess: boolean;
}

/** So many descriptions are put into lower case without a pause: about two milliseconds. */
const PREPARED_AT_ONCE = 5000;

/** Yields after each part of the work, so that whoever iterates can let the page breathe; returns the index. */
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
  // By rank: most of what a single letter finds is never looked at again.
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

/** Those of the lowest ranks; of one rank the shortest names first. */
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

/** The sum over all words; a word that is nowhere rules the package out. */
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

/** The whole name, its beginning, the last attribute, the beginning of a part, anywhere. */
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

/** A slip for every three letters or part of it, two at most, and none in the first one: those are rare, and cost the most to find. */
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
