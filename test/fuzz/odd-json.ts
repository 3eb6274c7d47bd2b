import * as fc from "fast-check";
import { mutated, oddText } from "./odd-text.ts";

/** Numbers that JSON can hold. The large ones are not safe integers. */
const NUMBERS = [0, -0, -1, 0.5, 1, 2 ** 31, 2 ** 53, -(2 ** 63), 1e300, Number.MIN_VALUE];

function oddValue(): fc.Arbitrary<unknown> {
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small", maxDepth: 3, withCrossShrink: true },
      fc.constant(null),
      fc.boolean(),
      fc.constantFrom(...NUMBERS),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      oddText(12),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(oddText(8), tie("value"), { maxKeys: 3, noNullPrototype: true }),
    ),
  }));
  return value;
}

/** Any JSON value. A member may have the name `__proto__`. */
export const oddJson: fc.Arbitrary<unknown> = oddValue().map(throughJson);

/** JSON values that a parser accepts, with some members replaced, removed or added. */
export function mutatedJson(valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const change = fc.record({
    at: fc.nat({ max: 1000 }),
    kind: fc.constantFrom("replace", "remove", "add"),
    name: oddText(8),
    value: oddJson,
  });
  return fc.tuple(valid, fc.array(change, { maxLength: 3 })).map(([value, changes]) => changes.reduce(changed, value));
}

/** Lines with valid, mutated and odd JSON values. Some lines are not JSON any more. */
export function jsonLine(valid: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const line = fc.oneof(valid, mutatedJson(valid), oddJson).map((value) => JSON.stringify(value));
  return fc.oneof({ weight: 4, arbitrary: line }, { weight: 1, arbitrary: mutated(line) }, oddText());
}

interface Change {
  /** The number of the member to change, counted from the outside. */
  readonly at: number;
  readonly kind: string;
  readonly name: string;
  readonly value: unknown;
}

function changed(root: unknown, { at, kind, name, value }: Change): unknown {
  const holder: Record<string, unknown> = { root: throughJson(root) };
  const places = placesIn(holder);
  const place = places[at % places.length];
  if (!place) return root;
  const { parent, member } = place;
  const inside: unknown = Reflect.get(parent, member);
  if (kind === "remove" && parent !== holder) Reflect.deleteProperty(parent, member);
  else if (kind === "add" && typeof inside === "object" && inside !== null) define(inside, name, value);
  else define(parent, member, value);
  return throughJson(holder["root"]);
}

/** Does not assign, because assigning `__proto__` would not create a member. */
function define(parent: object, member: string, value: unknown): void {
  if (Array.isArray(parent) && !Object.keys(parent).includes(member)) {
    parent.push(value);
    return;
  }
  Object.defineProperty(parent, member, { value, enumerable: true, configurable: true, writable: true });
}

function placesIn(parent: object): { parent: object; member: string }[] {
  return Object.entries(parent).flatMap(([member, value]: [string, unknown]) => {
    const inside = typeof value === "object" && value !== null ? placesIn(value) : [];
    return [{ parent, member }, ...inside];
  });
}

function throughJson(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}
