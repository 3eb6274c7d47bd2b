import type { FoundPackage } from "../../image/names/found-package.ts";
import type { IndexEntry } from "../../image/names/index-entry.ts";
import { packageRoots } from "../../image/names/package-roots.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import { requestedName } from "../../protocol/image-request.ts";
import { type Problems, throwIfProblems } from "../nix/package-problems.ts";
import { refusedEvaluation } from "../nix/prepare-errors.ts";
import type { Lookup, RequestLookups } from "./name-lookup.ts";

/**
 * The packages of a request, in the order of an evaluation. Undefined if an evaluation must tell. Throws the error that
 * the evaluation would throw: an `EvaluationRefusal`.
 */
export function packagesOf(lookups: RequestLookups, architecture: Architecture): FoundPackage[] | undefined {
  const requested = [...lookups.requested];
  const failures = [...lookups.requested.values(), ...lookups.always.values()].filter(isFailed);
  // The entry of an absent package is from an image that did not ask for it, and does not say why it is absent.
  if (requested.some(([, { kind }]) => kind === "open" || kind === "absent")) return undefined;
  // The order of an evaluation decides which one of several errors is told.
  if (failures.length > 0 && failures.length + requested.filter(isProblem).length > 1) return undefined;
  throwIfProblems(problemsOf(requested), architecture);
  if ([...lookups.always.values()].some(({ kind }) => kind === "open")) return undefined;
  const [failure] = failures;
  if (failure) throw refusedEvaluation(requestedName({ packages: [...lookups.requested.keys()] }), failure.reason);
  return [...requested.flatMap(rootsOf(true)), ...[...lookups.always].flatMap(rootsOf(false))];
}

type NamedLookup = readonly [name: string, lookup: Lookup];
type Failed = Extract<IndexEntry, { readonly kind: "failed" }>;

function isFailed(lookup: Lookup): lookup is Failed {
  return lookup.kind === "failed";
}

function isProblem([, { kind }]: NamedLookup): boolean {
  return kind !== "package" && kind !== "failed";
}

function problemsOf(requested: readonly NamedLookup[]): Problems {
  const namesOfKind = (kind: Lookup["kind"]) =>
    requested.filter(([, lookup]) => lookup.kind === kind).map(([name]) => name);
  const unknown = requested.flatMap(([, lookup]) => (lookup.kind === "unknown" ? [lookup] : []));
  return {
    unknown: unknown.map((lookup) => lookup.unknown),
    names: new Map(unknown.map((lookup) => [lookup.unknown.within, lookup.names])),
    ambiguous: requested.flatMap(([name, lookup]) =>
      lookup.kind === "ambiguous" ? [{ name, candidates: lookup.candidates }] : [],
    ),
    unsuitable: namesOfKind("unsuitable"),
    foreign: namesOfKind("foreign"),
    problems: [],
  };
}

function rootsOf(requested: boolean) {
  return ([name, lookup]: NamedLookup): FoundPackage[] =>
    lookup.kind === "package" ? packageRoots(name, lookup, requested) : [];
}
