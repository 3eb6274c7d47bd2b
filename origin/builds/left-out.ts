import type { Architecture } from "../../protocol/image-name.ts";
import type { OciError } from "../../protocol/oci-error.ts";
import { plainLine } from "../../protocol/plain-text.ts";
import type { LeftOut } from "../../protocol/tag-record.ts";
import { EvaluationRefusal } from "../nix/evaluation-refusal.ts";
import { RevisionRefusal } from "./refusals.ts";

/** An architecture that has no image, because the package set refuses a package for it. */
export interface Refused extends LeftOut {
  readonly refusal: RevisionRefusal | EvaluationRefusal;
}

/** A registry's answers and records carry the reason. A package set can choose its text. Characters. */
const MAX_REASON_LENGTH = 1000;

/** Throws the error again if the same request can succeed later. */
export function refusedBy(error: unknown, architecture: Architecture): Refused {
  if (!(error instanceof RevisionRefusal) && !(error instanceof EvaluationRefusal)) throw error;
  return {
    architecture,
    reason: plainLine(error.message, " ").slice(0, MAX_REASON_LENGTH).toWellFormed(),
    refusal: error,
  };
}

/** The error if no architecture has an image. It holds for the revision if each refusal does. */
export function joinRefusals([first, ...others]: readonly [Refused, ...Refused[]]): OciError {
  const { refusal } = first;
  if (others.every(({ reason }) => reason === first.reason)) return refusal;
  const message = [first, ...others].map(({ architecture, reason }) => `${architecture}: ${reason}`).join("; ");
  const joined = new EvaluationRefusal(refusal.code, message, { detail: refusal.detail });
  const isOfRevision = [first, ...others].every((each) => each.refusal instanceof RevisionRefusal);
  return isOfRevision && refusal instanceof RevisionRefusal ? new RevisionRefusal(joined, refusal.revision) : joined;
}
