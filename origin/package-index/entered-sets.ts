import { isComponent } from "../../protocol/image-name.ts";
import { isNameable, nameSteps } from "./package-names.ts";
import type { Place } from "./walk-line.ts";

/** A part of a package set: the indexes of attributes of the whole set, without the last one. */
export interface WalkRange {
  readonly from: number;
  readonly to: number;
}

/** An attribute that a name finds. */
export interface NamedPlace {
  readonly place: Place;
  readonly name: string;
}

/** The attributes of a set, and the steps of names that find them. */
export interface NamedSet {
  readonly attributes: readonly string[];
  readonly steps: ReadonlyMap<string, string>;
}

interface EnteredSet extends NamedSet {
  readonly place: Place;
}

/** Costs a tenth of a second for nixpkgs, so all parts share the whole set's one. */
export function namedSet(attributes: readonly string[]): NamedSet {
  return { attributes, steps: nameSteps(attributes) };
}

/** The sets that a walk has entered, with their attributes. */
export class EnteredSets {
  readonly #sets = new Map<string, EnteredSet>();
  #inner = 0;

  /** The number of attributes of all sets below the whole set. */
  get inner(): number {
    return this.#inner;
  }

  enter(place: Place, set: NamedSet): void {
    if (place.length > 0) this.#inner += set.attributes.length - this.attributesOf(place).length;
    this.#sets.set(keyOf(place), { place, ...set });
  }

  attributesOf(place: Place): readonly string[] {
    return this.#sets.get(keyOf(place))?.attributes ?? [];
  }

  /** The attributes that lead to a place, spelled as in the package set. */
  pathTo(place: Place): string[] {
    return place.map((index, depth) => this.attributesOf(place.slice(0, depth))[index] ?? "");
  }

  /** The steps of the name that finds a place. Undefined if no name does. */
  stepsTo(place: Place): string[] | undefined {
    const path = this.pathTo(place);
    const steps = path.map((attribute, depth) => this.#sets.get(keyOf(place.slice(0, depth)))?.steps.get(attribute));
    return steps.every((step) => step !== undefined) ? steps : undefined;
  }

  /** All attributes in a part of the package set that names can find. */
  namedPlaces(range: WalkRange): NamedPlace[] {
    return [...this.#sets.values()].flatMap((set) => this.#namedIn(set, range));
  }

  #namedIn({ place, attributes, steps }: EnteredSet, { from, to }: WalkRange): NamedPlace[] {
    const before = this.stepsTo(place);
    if (!before) return [];
    return attributes.flatMap((attribute, index) => {
      const step = steps.get(attribute);
      const isOutside = place.length === 0 && (index < from || index >= to);
      const name = step === undefined || isOutside ? "" : [...before, step].join(".");
      return isComponent(name) ? [{ place: [...place, index], name }] : [];
    });
  }

  /**
   * The attributes of each set that names can find, by the path of the set, as in `SetNames`. The whole set is in its
   * first part alone.
   */
  names({ from }: WalkRange): Map<string, readonly string[]> {
    const reached = [...this.#sets.values()].filter(
      ({ place }) => (place.length > 0 || from === 0) && this.stepsTo(place) !== undefined,
    );
    return new Map(reached.map(({ place, attributes }) => [this.#within(place), attributes.filter(isNameable)]));
  }

  #within(place: Place): string {
    return this.pathTo(place)
      .map((attribute) => `${attribute}.`)
      .join("");
  }
}

export function keyOf(place: Place): string {
  return place.join(" ");
}
