/** Why a call failed, in words for the person who made it. */
export class CliError extends Error {
  override readonly name: string = "CliError";
}

/** The call itself is wrong, whatever the state of the machine. */
export class UsageError extends CliError {
  override readonly name = "UsageError";
}

/** Somebody stopped the program. */
export class Interruption extends CliError {
  override readonly name = "Interruption";
  /** As shells count: 128 and the signal's number. */
  readonly exitCode: number;

  constructor(exitCode: number) {
    super("stopped");
    this.exitCode = exitCode;
  }
}

/** Turns what the system refused (no space, no permission) into words; anything else stays what it is. */
export function whileDoing(what: string) {
  return (error: unknown): never => {
    if (error instanceof Error && "syscall" in error) throw new CliError(`${what}: ${error.message}`, { cause: error });
    throw error;
  };
}
