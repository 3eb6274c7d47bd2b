import { OciError } from "../../protocol/oci-error.ts";

/** The error for a fault that only the operator can repair. The cause goes to the log. */
export function misconfigured(cause: Error): OciError {
  const message = "the registry is misconfigured; its operator finds the reason in the Worker's log";
  return new OciError("UNAVAILABLE", message, { cause });
}

/** The problems behind an error of `checkSettings`. Empty for any other error. */
export function misconfigurations(error: unknown): readonly string[] {
  const cause = error instanceof OciError ? error.cause : undefined;
  return cause instanceof SettingsProblems ? cause.problems : [];
}

class SettingsProblems extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** Reads settings. Throws `UNAVAILABLE` if there are problems; the log gets all of them. */
export function checkSettings<Settings>(read: (problems: string[]) => Settings): Settings {
  const problems: string[] = [];
  const settings = read(problems);
  if (problems.length > 0) throw misconfigured(new SettingsProblems(problems));
  return settings;
}
