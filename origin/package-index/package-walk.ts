import type { IndexedPackage } from "../../protocol/package-index.ts";
import { componentOf, nameSteps } from "./package-names.ts";
import { indexRow } from "./index-row.ts";
import type { Place, WalkLine } from "./walk-line.ts";

/** Collects the packages from the lines of all runs so far. */
export interface PackageWalk {
  take(line: WalkLine): void;
  /** The attribute path, spelled as in the package set. */
  attributeAt(place: Place): string;
  isListed(place: Place): boolean;
  packages(): IndexedPackage[];
  /** The number of attributes that Nix evaluated so far. */
  readonly seen: number;
  /** The number of attributes in all sets that Nix entered so far. */
  readonly total: number;
}

interface EnteredSet {
  readonly attributes: readonly string[];
  readonly steps: ReadonlyMap<string, string>;
}

export function createPackageWalk(): PackageWalk {
  const sets = new Map<string, EnteredSet>();
  const seen = new Set<string>();
  const rows = new Map<string, IndexedPackage>();
  let current: Place = [];
  let total = 0;

  function enter(attributes: readonly string[]): void {
    total += attributes.length - (sets.get(keyOf(current))?.attributes.length ?? 0);
    sets.set(keyOf(current), { attributes, steps: nameSteps(attributes) });
  }

  /** From the outermost set inwards. */
  function attributesTo(place: Place): { readonly set: EnteredSet | undefined; readonly attribute: string }[] {
    return place.map((index, depth) => {
      const set = sets.get(keyOf(place.slice(0, depth)));
      return { set, attribute: set?.attributes[index] ?? "" };
    });
  }

  function nameAt(place: Place): string | undefined {
    const steps = attributesTo(place).map(({ set, attribute }) => set?.steps.get(attribute));
    return steps.every((step) => step !== undefined) ? componentOf(steps) : undefined;
  }

  function addPackage(version: string): void {
    const name = nameAt(current);
    if (name !== undefined) rows.set(keyOf(current), indexRow(name, version, ""));
  }

  function describe(text: string): void {
    const row = rows.get(keyOf(current));
    if (row) rows.set(keyOf(current), indexRow(row[0], row[1], text));
  }

  return {
    take(line) {
      if (line.kind === "names") enter(line.names);
      else if (line.kind === "package") addPackage(line.version);
      else if (line.kind === "description") describe(line.text);
      else if (line.kind === "at") seen.add(keyOf((current = line.place)));
    },
    attributeAt: (place) =>
      attributesTo(place)
        .map(({ attribute }) => attribute)
        .join("."),
    isListed: (place) => rows.has(keyOf(place)),
    packages: () => [...rows.values()],
    get seen() {
      return seen.size;
    },
    get total() {
      return total;
    },
  };
}

function keyOf(place: Place): string {
  return place.join(" ");
}
