/** The reason why Cornice cannot write the starter set. The error's message says how to solve the problem. */
export type StarterProblem = "NO_APT" | "NO_PACKAGE_LISTS" | "BAD_PACKAGE_LISTS" | "UNSUPPORTED_ARCHITECTURE";

export class StarterSetError extends Error {
  override readonly name = "StarterSetError";
  readonly code: StarterProblem;

  constructor(code: StarterProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
