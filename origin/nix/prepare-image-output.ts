import type { ImageOptions } from "../../image/closure/image-options.ts";
import type { PackageRoot } from "../../image/closure/image-closure.ts";
import { type FoundPackage, withMetadata } from "../../image/names/found-package.ts";
import { parseImageOptions } from "./image-options-output.ts";
import { parseMetadata } from "./metadata-output.ts";
import {
  attributePath,
  derivation,
  derivationWord,
  type Json,
  list,
  object,
  shown,
  storePath,
  text,
  unexpected,
} from "./output-value.ts";
import type { Installable } from "./realise.ts";

/** A name that finds no package: its step number `depth`, counted from 0, is not an attribute. */
export interface UnknownName {
  readonly name: string;
  readonly depth: number;
  /** The set in which the step was looked up: a dotted path that ends with a dot, or "" for the whole package set. */
  readonly within: string;
}

/** The result of `nix/prepare-image.nix`. */
export interface Evaluation {
  readonly found: readonly FoundPackage[];
  /** The paths to realise: first the packages of `found`, in the same order. */
  readonly installables: readonly Installable[];
  readonly unknown: readonly UnknownName[];
  /** The attributes of each set that an unknown name names in `within`. Empty if all names are known. */
  readonly names: ReadonlyMap<string, readonly string[]>;
  readonly ambiguous: readonly { readonly name: string; readonly candidates: readonly string[] }[];
  /** Attributes that are not packages. */
  readonly unsuitable: readonly string[];
  /** Packages for another architecture. */
  readonly foreign: readonly string[];
  /** Only for an image that the package set defines without mistakes. */
  readonly options?: ImageOptions;
  /** The mistakes in the definition of an image. */
  readonly problems: readonly FieldProblem[];
}

export interface FieldProblem {
  readonly field: string;
  /** The rest of a sentence, such as `be a list of strings`. */
  readonly must: string;
}

/**
 * A package set can define an image with any number of store paths, and a package with any number of outputs. The limit
 * is enough for a thousand packages with three outputs each.
 */
const MAX_INSTALLABLES = 3000;

/** Twice as many as nixpkgs has. Names in a larger set get no suggestions. */
const MAX_NAMES = 250_000;

/**
 * Reads the answer of `nix/prepare-image.nix`, and what it says of the packages, if it says it. Throws `MANIFEST_UNKNOWN` if
 * a package set made the answer invalid. Malformed metadata is left out.
 */
export function parseEvaluation(json: string, metadataJson?: string): Evaluation {
  const metadata = parseMetadata(metadataJson ?? "[]");
  const value = object(parseJson(json));
  const found = list(value["found"], parseFound);
  const referred = list(value["referred"] ?? [], parseReferred);
  const count = found.length + referred.length;
  if (count > MAX_INSTALLABLES) throw unexpected(count, `at most ${MAX_INSTALLABLES} packages, outputs and references`);
  return {
    ...(value["options"] === undefined ? {} : { options: parseImageOptions(object(value["options"])) }),
    problems: list(value["problems"] ?? [], (item) => {
      const { field, must } = object(item);
      return { field: shown(text(field)), must: text(must) };
    }),
    found: found.map(({ packageRoot }) => withMetadata(packageRoot, metadata.get(packageRoot.path))),
    installables: [...found.map(({ installable }) => installable), ...referred],
    unknown: list(value["unknown"], parseUnknown),
    names: parseNames(object(value["names"] ?? {})),
    ambiguous: list(value["ambiguous"], (item) => {
      const { name, candidates } = object(item);
      return { name: text(name), candidates: list(candidates, attributePath) };
    }),
    unsuitable: list(value["unsuitable"], text),
    foreign: list(value["foreign"], text),
  };
}

function parseNames(value: Json): Map<string, string[]> {
  let left = MAX_NAMES;
  const sets = Object.entries(value).map(([within, names]): [string, string[]] => {
    const all = list(names, text);
    left -= all.length;
    return [within, left < 0 ? [] : all];
  });
  return new Map(sets);
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw unexpected(json, "JSON");
  }
}

function parseFound(value: unknown): { readonly packageRoot: PackageRoot; readonly installable: Installable } {
  const { name, attribute, requested } = object(value);
  const { installable, path } = parseOutput(value);
  return {
    packageRoot: {
      name: attributePath(name),
      attribute: attributePath(attribute),
      path,
      requested: requested === true,
    },
    installable,
  };
}

/** Reads an output of `nix/package-outputs.nix`. Throws `MANIFEST_UNKNOWN` if a package set made it invalid. */
export function parseOutput(value: unknown): { readonly path: string; readonly installable: Installable } {
  const { path, derivation: from, output } = object(value);
  const expected = storePath(path);
  return { path: expected, installable: { path: derivation(from), output: derivationWord(output), expected } };
}

function parseReferred(value: unknown): Installable {
  const { path, output } = object(value);
  if (output === null) return { path: storePath(path), output: undefined, expected: storePath(path) };
  return { path: derivation(path), output: derivationWord(output), expected: undefined };
}

function parseUnknown(value: unknown): UnknownName {
  const { name, depth, within } = object(value);
  if (typeof depth !== "number") throw unexpected(depth, "a number");
  return { name: text(name), depth, within: text(within) };
}
