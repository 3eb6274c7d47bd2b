import type { IndexEntry } from "../../image/names/index-entry.ts";
import type { PackageMetadata } from "../../image/facts/package-metadata.ts";
import { readFoundMetadata } from "../../image/names/found-package.ts";
import { parseOutput } from "../nix/prepare-image-output.ts";
import type { JsonObject } from "../../protocol/json-object.ts";
import { OciError } from "../../protocol/oci-error.ts";
import type { PlainOutcome } from "./walk-line.ts";

/** What a pull of an attribute gives. */
export type Outcome =
  | { readonly kind: "package"; readonly paths: readonly string[]; readonly metadata?: PackageMetadata }
  | { readonly kind: Exclude<PlainOutcome, "failed"> }
  /** Nix's own words for the failure are not known yet. */
  | { readonly kind: "throws" }
  | { readonly kind: "failed"; readonly reason: string }
  /** Only an evaluation for a pull can tell. */
  | { readonly kind: "open" };

/** An image can have a thousand packages. So a package with more outputs is no usual one; an evaluation may refuse it. */
const MAX_OUTPUTS = 1000;
/** A package set can make a name of any length in a refusal; characters. */
const MAX_REASON_LENGTH = 4000;

/** The outcome of an attribute that is a package. Hostile outputs are left to the evaluation, which refuses them. */
export function outcomeOfOutputs(outputs: readonly unknown[]): Outcome {
  try {
    const paths = outputs.map((output) => parseOutput(output).path);
    return paths.length > 0 && paths.length <= MAX_OUTPUTS ? { kind: "package", paths } : { kind: "open" };
  } catch (error) {
    if (error instanceof OciError) return { kind: "open" };
    throw error;
  }
}

/** Adds what the set tells of a package to its outcome. */
export function outcomeWithMetadata(outcome: Outcome | undefined, value: JsonObject): Outcome | undefined {
  const metadata = outcome?.kind === "package" ? readFoundMetadata(value) : undefined;
  return outcome?.kind === "package" && metadata ? { ...outcome, metadata } : outcome;
}

export function outcomeOfWord(word: PlainOutcome): Outcome {
  return { kind: word === "failed" ? "throws" : word };
}

/** `reason` is undefined if a later evaluation may not fail. */
export function outcomeOfFailure(reason: string | undefined): Outcome {
  return reason !== undefined && reason.length <= MAX_REASON_LENGTH ? { kind: "failed", reason } : { kind: "open" };
}

/** The entry of an attribute for the index of names. */
export function entryOf(attribute: string, outcome: Outcome | undefined): IndexEntry {
  if (outcome === undefined || outcome.kind === "throws") return { kind: "open" };
  return outcome.kind === "package" ? { ...outcome, attribute } : outcome;
}
