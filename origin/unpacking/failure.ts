import { PackageError } from "../../image/closure/package-error.ts";
import { plainLine } from "../../protocol/plain-text.ts";

/** An error as a message between threads. A cloned error loses its code. */
export interface Failure {
  readonly message: string;
  readonly code: string | undefined;
  /** The package is to blame, and the message is written for users. */
  readonly kind?: "package";
  /** Set if a binary cache is to blame: it gave no archive, or a damaged one. The message is written for users. */
  readonly archive?: FailedArchive;
}

/** The archive of a store path that a binary cache did not give as a whole. */
export interface FailedArchive {
  readonly path: string;
  /** The cache's address, without password. */
  readonly cache: string;
}

/** An error that another thread reported. */
export class ReportedError extends Error {
  override readonly name = "ReportedError";
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

export function describeFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error), code: undefined };
  if (error instanceof ReportedError) return error.failure;
  if (error instanceof PackageError) return { message: plainLine(error.message), code: undefined, kind: "package" };
  return { message: error.message, code: "code" in error ? String(error.code) : undefined };
}
