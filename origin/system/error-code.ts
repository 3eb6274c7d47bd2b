/** Whether the error comes from the system and has one of these codes, such as `ENOENT`. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return isSystemError(error) && codes.includes(String(error.code));
}

/** More causes than a chain of errors has. A chain may lead back to itself. */
const MAX_CAUSES = 8;

/** Whether the error, or one of its causes, comes from the system and has this code. */
export function isCausedBy(error: unknown, code: string): boolean {
  let cause = error;
  for (let count = 0; cause instanceof Error && count < MAX_CAUSES; count += 1, cause = cause.cause)
    if (hasCode(cause, code)) return true;
  return false;
}

export function isDiskFull(error: unknown): boolean {
  return hasCode(error, "ENOSPC", "EDQUOT");
}

/** Whether the operating system refused something. Other errors are defects in our code. */
export function isSystemError(error: unknown): error is Error & { readonly code: unknown } {
  return error instanceof Error && "code" in error;
}
