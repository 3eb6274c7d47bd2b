import { OciError } from "../../protocol/oci-error.ts";

/** The error for a fault that only the operator can repair. The cause goes to the log. */
export function misconfigured(cause: Error): OciError {
  const message = "the registry is misconfigured; its operator finds the reason in the Worker's log";
  return new OciError("UNAVAILABLE", message, { cause });
}

/** Reads settings. Throws `UNAVAILABLE` if there are problems; the log gets all of them. */
export function checkSettings<Settings>(read: (problems: string[]) => Settings): Settings {
  const problems: string[] = [];
  const settings = read(problems);
  if (problems.length > 0) throw misconfigured(new Error(problems.join("\n")));
  return settings;
}
