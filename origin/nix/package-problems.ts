import type { Architecture } from "../../protocol/image-name.ts";
import { nearMatches } from "../system/near-matches.ts";
import { EvaluationRefusal } from "./evaluation-refusal.ts";
import { imageSteps } from "./image-steps.ts";
import type { Evaluation, UnknownName } from "./prepare-image-output.ts";

/** An unknown name, as the error's `detail` describes it. */
interface UnknownPackage {
  readonly name: string;
  /** Similar names that exist, best first; up to three. */
  readonly suggestions: readonly string[];
}

/** The source lacks a name, or lacks it for this architecture. The same request to the same source fails again. */
export class NameError extends EvaluationRefusal {}

/** Each unknown name is compared with all attributes of a set (nixpkgs: 100,000). Further names get no suggestions. */
const MAX_COMPARED = 8;

/** The names of a request that find no package, and the mistakes in an image's definition. */
export type Problems = Pick<Evaluation, "unknown" | "names" | "ambiguous" | "unsuitable" | "foreign" | "problems">;

/** Throws one `NameError` with all mistakes. `image` is set if the request was for an image of the package set. */
export function throwIfProblems(evaluation: Problems, architecture: Architecture, image?: string): void {
  const [kind, prefix] = image === undefined ? ["package", ""] : ["image", "images/"];
  const steps = new Map([...evaluation.names].map(([within, names]) => [within, imageSteps(names)]));
  const unknown = evaluation.unknown.map((missing, index): UnknownPackage => {
    const near = index < MAX_COMPARED ? suggestions(missing, steps.get(missing.within) ?? [], image) : [];
    return { name: `${prefix}${missing.name}`, suggestions: near.map((name) => `${prefix}${name}`) };
  });
  const { ambiguous, unsuitable, foreign, problems: fields } = evaluation;
  const problems = [
    ...unknown.map((missing) => `no such ${kind}: ${missing.name}${question(missing.suggestions)}`),
    ...ambiguous.map(({ name, candidates }) => `${prefix}${name} could be any of ${candidates.join(", ")}`),
    ...unsuitable.map((name) => `${prefix}${name} is not ${image === undefined ? "a package" : "an image"}`),
    ...foreign.map((name) => `${name} is not available for ${architecture}`),
    ...fields.map(({ field, must }) => `${prefix}${image ?? ""}: ${field} must ${must}`),
  ];
  if (problems.length === 0) return;
  const message = problems.join("; ").replaceAll("?; ", "? ");
  const detail = { unknown, ambiguous, unsuitable, foreign, ...(image === undefined ? {} : { fields }) };
  throw new NameError("MANIFEST_UNKNOWN", message, { detail });
}

/** Whole names, with the unknown step replaced. The name of an image is a single step, even if it has dots. */
function suggestions({ name, depth }: UnknownName, steps: readonly string[], image?: string): string[] {
  const words = image === undefined ? name.split(".") : [name];
  return nearMatches(words[depth] ?? "", steps).map((step) => words.with(depth, step).join("."));
}

/** `; did you mean a, b or c?`, or nothing. */
function question(options: readonly string[]): string {
  const last = options.at(-1);
  if (last === undefined) return "";
  const others = options.slice(0, -1).join(", ");
  return `; did you mean ${others === "" ? "" : `${others} or `}${last}?`;
}
