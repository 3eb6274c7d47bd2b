import { isStorePath, type StorePath } from "./store-path.ts";

/** A package of the image: what its name led to. */
export interface PackageRoot {
  /** As it stands in the image's name. */
  readonly name: string;
  /** As the package set spells it. */
  readonly attribute: string;
  readonly path: string;
  /** False for those that every image gets. */
  readonly requested: boolean;
}

/** A name that leads nowhere: its step number `depth`, counted from 0, is no attribute. */
export interface UnknownName {
  readonly name: string;
  readonly depth: number;
  /** Where the step was looked up. */
  readonly within: string;
}

/** The result of `nix/prepare-image.nix`. */
export interface Evaluation {
  readonly found: readonly PackageRoot[];
  readonly unknown: readonly UnknownName[];
  /** For each `within` of those, the attributes that are there. Empty when there is none. */
  readonly names: ReadonlyMap<string, readonly string[]>;
  readonly ambiguous: readonly { readonly name: string; readonly candidates: readonly string[] }[];
  /** Attributes that are no packages. */
  readonly unsuitable: readonly string[];
  /** Packages for another architecture. */
  readonly foreign: readonly string[];
}

type OutputLine =
  | { readonly kind: "phase"; readonly phase: "evaluate" | "realise" }
  | { readonly kind: "evaluation"; readonly evaluation: Evaluation }
  | { readonly kind: "closure"; readonly closure: readonly StorePath[] };

type Json = Readonly<Record<string, unknown>>;

/** Parses a line of `cornice-prepare-image`. What does not fit is a defect of ours: a plain error. */
export function parseOutputLine(line: string): OutputLine {
  const output = object(JSON.parse(line));
  const { phase } = output;
  if (phase === "evaluate" || phase === "realise") return { kind: "phase", phase };
  if ("evaluation" in output) return { kind: "evaluation", evaluation: parseEvaluation(object(output["evaluation"])) };
  return { kind: "closure", closure: list(output["closure"], parseStorePath) };
}

function parseEvaluation(value: Json): Evaluation {
  return {
    found: list(value["found"], parsePackageRoot),
    unknown: list(value["unknown"], parseUnknown),
    names: new Map(Object.entries(object(value["names"] ?? {})).map(([within, names]) => [within, list(names, text)])),
    ambiguous: list(value["ambiguous"], (item) => {
      const { name, candidates } = object(item);
      return { name: text(name), candidates: list(candidates, text) };
    }),
    unsuitable: list(value["unsuitable"], text),
    foreign: list(value["foreign"], text),
  };
}

function parsePackageRoot(value: unknown): PackageRoot {
  const { name, attribute, path, requested } = object(value);
  return { name: text(name), attribute: text(attribute), path: storePath(path), requested: requested === true };
}

function parseUnknown(value: unknown): UnknownName {
  const { name, depth, within } = object(value);
  if (typeof depth !== "number") throw unexpected(depth);
  return { name: text(name), depth, within: text(within) };
}

function parseStorePath(value: unknown): StorePath {
  const { path, narSize, references } = object(value);
  if (typeof narSize !== "number") throw unexpected(narSize);
  return { path: storePath(path), narSize, references: list(references, storePath) };
}

function storePath(value: unknown): string {
  if (typeof value === "string" && isStorePath(value)) return value;
  throw unexpected(value);
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw unexpected(value);
}

function list<T>(value: unknown, parse: (item: unknown) => T): T[] {
  if (Array.isArray(value)) return value.map((item) => parse(item));
  throw unexpected(value);
}

function object(value: unknown): Json {
  if (typeof value === "object" && value !== null) return { ...value };
  throw unexpected(value);
}

function unexpected(value: unknown): Error {
  return new Error(`cornice-prepare-image printed something unexpected: ${JSON.stringify(value)}`);
}
