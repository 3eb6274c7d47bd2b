/** Why the starter set cannot be written; the message says what to do about it. */
export type StarterProblem = "NO_APT" | "NO_PACKAGE_LISTS" | "BAD_PACKAGE_LISTS" | "UNSUPPORTED_ARCHITECTURE";

export class StarterSetError extends Error {
  override readonly name = "StarterSetError";
  readonly code: StarterProblem;

  constructor(code: StarterProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
