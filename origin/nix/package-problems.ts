import type { Architecture } from "../../protocol/image-name.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { imageSteps, nearMatches } from "./near-matches.ts";
import type { Evaluation, UnknownName } from "./prepare-image-output.ts";

/** What `detail` of the error holds about a name that leads nowhere. */
interface UnknownPackage {
  readonly name: string;
  /** Names that it may have meant, best first; up to three. */
  readonly suggestions: readonly string[];
}

/** Throws `MANIFEST_UNKNOWN` that names every mistake at once. */
export function throwIfProblems(evaluation: Evaluation, architecture: Architecture): void {
  const { ambiguous, unsuitable, foreign } = evaluation;
  const steps = new Map([...evaluation.names].map(([within, names]) => [within, imageSteps(names)]));
  const unknown = evaluation.unknown.map((missing): UnknownPackage => ({
    name: missing.name,
    suggestions: suggestions(missing, steps.get(missing.within) ?? []),
  }));
  const problems = [
    ...unknown.map((missing) => `no such package: ${missing.name}${question(missing.suggestions)}`),
    ...ambiguous.map(({ name, candidates }) => `${name} could be any of ${candidates.join(", ")}`),
    ...unsuitable.map((name) => `${name} is not a package`),
    ...foreign.map((name) => `${name} is not available for ${architecture}`),
  ];
  if (problems.length === 0) return;
  const message = problems.join("; ").replaceAll("?; ", "? ");
  throw new OciError("MANIFEST_UNKNOWN", message, { detail: { unknown, ambiguous, unsuitable, foreign } });
}

/** Whole names, with the step that failed replaced. */
function suggestions({ name, depth }: UnknownName, steps: readonly string[]): string[] {
  const words = name.split(".");
  return nearMatches(words[depth] ?? "", steps).map((step) => words.with(depth, step).join("."));
}

/** `; did you mean a, b or c?`, or nothing. */
export function question(options: readonly string[]): string {
  const last = options.at(-1);
  if (last === undefined) return "";
  const others = options.slice(0, -1).join(", ");
  return `; did you mean ${others === "" ? "" : `${others} or `}${last}?`;
}
