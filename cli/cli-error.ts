import { OciError } from "../protocol/oci-error.ts";

/** An expected failure. The message is for the person who ran the command. */
export class CliError extends Error {
  override readonly name: string = "CliError";
}

/** The arguments are wrong. The call would fail on every machine. */
export class UsageError extends CliError {
  override readonly name = "UsageError";
}

/** Somebody stopped the program. */
export class Interruption extends CliError {
  override readonly name = "Interruption";
  /** As in shells: 128 plus the number of the signal. */
  readonly exitCode: number;

  constructor(exitCode: number) {
    super("stopped");
    this.exitCode = exitCode;
  }
}

/** Turns an error of the system (no space, no permission) into a `CliError`. Throws any other error as it is. */
export function whileDoing(what: string) {
  return (error: unknown): never => {
    if (error instanceof Error && "syscall" in error) throw new CliError(`${what}: ${error.message}`, { cause: error });
    throw error;
  };
}

/** Throws `UsageError`. */
export function refuse(message: string): never {
  throw new UsageError(message);
}

/** Turns an `OciError` of a name or a tag into a `UsageError`. */
export function asUsage<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof OciError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}
