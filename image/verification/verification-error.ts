/** Why something is not verified. */
export type VerificationProblem =
  | "malformed"
  | "missing-blob"
  | "altered"
  | "missing-key"
  | "expired-key"
  | "wrong-signature"
  | "other-image"
  | "wrong-annotation";

/** A signature or attestation that does not hold. The message is for people, and repeats nothing of the input. */
export class VerificationError extends Error {
  override readonly name = "VerificationError";
  readonly problem: VerificationProblem;

  constructor(problem: VerificationProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}
