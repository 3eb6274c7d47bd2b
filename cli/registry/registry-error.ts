const NOT_FOUND = 404;
const UNAUTHORIZED = 401;

interface Details extends ErrorOptions {
  /** The HTTP status of the answer. */
  readonly status?: number | undefined;
  readonly isTransient?: boolean;
}

/** A registry did not give what it was asked for. The message is for people. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
  readonly status: number | undefined;
  /** Whether another attempt may succeed. */
  readonly isTransient: boolean;

  constructor(message: string, { status, isTransient = false, cause }: Details = {}) {
    super(message, { cause });
    this.status = status;
    this.isTransient = isTransient;
  }

  /** Whether the registry says that it does not have it. */
  get isMissing(): boolean {
    return this.status === NOT_FOUND;
  }

  get needsPassword(): boolean {
    return this.status === UNAUTHORIZED;
  }
}
