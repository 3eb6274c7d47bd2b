import type { StoreError } from "../origin/stores/object-store.ts";
import { hasCode } from "../origin/system/error-code.ts";
import { CliError } from "./cli-error.ts";

/** Unauthorized and Forbidden. */
const DENIED: ReadonlySet<number | undefined> = new Set([401, 403]);
const CREDENTIALS = "check the credentials of R2 and KV in the settings";
const NOTHING_LISTENS =
  "nothing listens there: if the registry runs on this machine, start it, and read its origin.env again";
/** More causes than a chain of errors has. */
const MAX_CAUSES = 8;

/** A failure of R2 or KV, with what to do. `again` says so for an outage, which may pass. */
export function storeFailure(error: StoreError, again: string): CliError {
  return new CliError(`${error.message}; ${adviceFor(error) ?? again}`, { cause: error.cause });
}

function adviceFor(error: StoreError): string | undefined {
  if (DENIED.has(error.status)) return CREDENTIALS;
  return isConnectionRefused(error) ? NOTHING_LISTENS : undefined;
}

function isConnectionRefused(error: StoreError): boolean {
  let cause = error.cause;
  for (let count = 0; cause instanceof Error && count < MAX_CAUSES; count += 1, cause = cause.cause)
    if (hasCode(cause, "ECONNREFUSED")) return true;
  return false;
}
