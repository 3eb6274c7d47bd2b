import type { ImageOptions } from "../image/image-options.ts";
import { parseImageOptions } from "./image-options-output.ts";
import { type Json, list, object, storePath, text, unexpected } from "./output-value.ts";
import type { StorePath } from "./store-path.ts";

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
  /** Of an image that the package set defines, where all is right with it. */
  readonly options?: ImageOptions;
  /** What is wrong with its definition: the fields, and what each must be, as `be a list of strings`. */
  readonly problems: readonly FieldProblem[];
}

export interface FieldProblem {
  readonly field: string;
  readonly must: string;
}

type OutputLine =
  | { readonly kind: "phase"; readonly phase: "evaluate" | "realise" }
  | { readonly kind: "evaluation"; readonly evaluation: Evaluation }
  | { readonly kind: "closure"; readonly closure: readonly StorePath[] };

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
    ...(value["options"] === undefined ? {} : { options: parseImageOptions(object(value["options"])) }),
    problems: list(value["problems"] ?? [], (item) => {
      const { field, must } = object(item);
      return { field: text(field), must: text(must) };
    }),
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
