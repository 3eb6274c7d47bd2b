import { nixText } from "../nix/nix-text.ts";
import { isJsonObject, isListOf, type JsonObject, parseJsonObject } from "../../protocol/json-object.ts";

/** Where an attribute is: the index of each set on the way to it, then its own index in the last set: `[17, 3]`. */
export type Place = readonly number[];

const PLAIN_OUTCOMES = ["foreign", "unsuitable", "failed"] as const;

/** What a pull of an attribute gives that is no package. */
export type PlainOutcome = (typeof PLAIN_OUTCOMES)[number];

/**
 * A line that `nix/list-packages.nix` prints. After each walk, whether or not it came to its end, another expression
 * prints `ended`.
 */
export type WalkLine =
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "at"; readonly place: Place }
  | { readonly kind: "package"; readonly version: string }
  | { readonly kind: "description"; readonly text: string }
  | { readonly kind: "outcome"; readonly outcome: PlainOutcome }
  /** The outputs that an image gets. They are not checked yet. */
  | { readonly kind: "outputs"; readonly outputs: readonly unknown[] }
  /** What the set tells of a package. It is not checked yet. */
  | { readonly kind: "metadata"; readonly metadata: JsonObject }
  | { readonly kind: "more"; readonly place: Place }
  | { readonly kind: "listed" }
  | { readonly kind: "ended" };

const TRACE = "trace: ";

/** Undefined for other lines: the rest of Nix's log, and traces of the package set itself. */
export function parseWalkLine(line: string, mark: string): WalkLine | undefined {
  const start = `${TRACE}${mark}`;
  const value = line.startsWith(start) ? parseJsonObject(line.slice(start.length)) : null;
  if (!isJsonObject(value)) return undefined;
  const { names, at, package: version, description, outcome, outputs, metadata, more, listed, ended } = value;
  if (isListOf(names, isText)) return { kind: "names", names };
  if (isListOf(at, isIndex)) return { kind: "at", place: at };
  if (typeof version === "string") return { kind: "package", version };
  if (typeof description === "string") return { kind: "description", text: description };
  const plain = PLAIN_OUTCOMES.find((word) => word === outcome);
  if (plain !== undefined) return { kind: "outcome", outcome: plain };
  if (Array.isArray(outputs)) return { kind: "outputs", outputs };
  if (isJsonObject(metadata)) return { kind: "metadata", metadata };
  if (isListOf(more, isIndex)) return { kind: "more", place: more };
  if (listed === true) return { kind: "listed" };
  return ended === true ? { kind: "ended" } : undefined;
}

/** An expression that prints `ended`. */
export function endedExpression(mark: string): string {
  return `builtins.trace ${nixText(`${mark}{"ended":true}`)} null`;
}

const isText = (value: unknown): value is string => typeof value === "string";
const isIndex = (value: unknown): value is number => Number.isSafeInteger(value);
