/** What a check has found. */
export interface Finding {
  /** The part of the deployment, in one word. */
  readonly check: string;
  readonly state: FindingState;
  readonly message: string;
  /** What to do. Every warning and every problem has it. */
  readonly advice?: string;
}

/** A deployment with a problem fails for clients. With a warning, it works, but not as well or as safely as it could. */
export type FindingState = "ok" | "warning" | "problem";

export function ok(check: string, message: string): Finding {
  return { check, state: "ok", message };
}

export function warning(check: string, message: string, advice: string): Finding {
  return { check, state: "warning", message, advice };
}

export function problem(check: string, message: string, advice: string): Finding {
  return { check, state: "problem", message, advice };
}

/** An error with its causes, on one line. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${errorText(error.cause)}`;
}
