import type { IndexedPackage } from "../../protocol/package-index.ts";
import type { JsonObject } from "../../protocol/json-object.ts";
import type { IndexEntry } from "../../image/names/index-entry.ts";
import { EnteredSets, keyOf, namedSet, type NamedSet, type WalkRange } from "./entered-sets.ts";
import { indexRow } from "./index-row.ts";
import { entryOf, type Outcome, outcomeOfOutputs, outcomeOfWord, outcomeWithMetadata } from "./outcomes.ts";
import { componentOf } from "./package-names.ts";
import type { Place, WalkLine } from "./walk-line.ts";

/** Collects what the lines of all runs say about a part of a package set. */
export interface PackageWalk {
  readonly range: WalkRange;
  readonly sets: EnteredSets;
  take(line: WalkLine): void;
  settle(place: Place, outcome: Outcome): void;
  /** Undefined if no line has told it. */
  outcomeAt(place: Place): Outcome | undefined;
  /** The attribute path, spelled as in the package set. */
  attributeAt(place: Place): string;
  isListed(place: Place): boolean;
  packages(): IndexedPackage[];
  /** The entries of all attributes that a name can find, by this name. */
  entries(): Map<string, IndexEntry>;
  /** The number of attributes that Nix evaluated so far. */
  readonly seen: number;
}

/** `topLevel` is the whole set. It is empty for the walk that learns it. */
export function createPackageWalk(range: WalkRange, topLevel: NamedSet = namedSet([])): PackageWalk {
  const sets = new EnteredSets();
  const seen = new Set<string>();
  const rows = new Map<string, IndexedPackage>();
  const outcomes = new Map<string, Outcome>();
  let current: Place = [];
  sets.enter([], topLevel);

  function addPackage(version: string): void {
    const name = componentOf(sets.stepsTo(current) ?? []);
    if (name !== undefined) rows.set(keyOf(current), indexRow(name, version, ""));
  }

  function describe(text: string): void {
    const row = rows.get(keyOf(current));
    if (row) rows.set(keyOf(current), indexRow(row[0], row[1], text));
  }

  const settle = (place: Place, outcome: Outcome) => void outcomes.set(keyOf(place), outcome);

  function addMetadata(metadata: JsonObject): void {
    const outcome = outcomeWithMetadata(outcomes.get(keyOf(current)), metadata);
    if (outcome) settle(current, outcome);
  }

  const attributeAt = (place: Place) => sets.pathTo(place).join(".");
  const entryAt = (place: Place) => entryOf(attributeAt(place), outcomes.get(keyOf(place)));

  return {
    range,
    sets,
    take(line) {
      if (line.kind === "names") sets.enter(current, namedSet(line.names));
      else if (line.kind === "package") addPackage(line.version);
      else if (line.kind === "description") describe(line.text);
      else if (line.kind === "outcome") settle(current, outcomeOfWord(line.outcome));
      else if (line.kind === "outputs") settle(current, outcomeOfOutputs(line.outputs));
      else if (line.kind === "metadata") addMetadata(line.metadata);
      else if (line.kind === "at") seen.add(keyOf((current = line.place)));
    },
    settle,
    outcomeAt: (place) => outcomes.get(keyOf(place)),
    attributeAt,
    isListed: (place) => rows.has(keyOf(place)),
    packages: () => [...rows.values()],
    entries: () => new Map(sets.namedPlaces(range).map(({ place, name }) => [name, entryAt(place)])),
    get seen() {
      return seen.size;
    },
  };
}
