import type { StoreError } from "../origin/stores/object-store.ts";
import { isCausedBy } from "../origin/system/error-code.ts";
import { CliError } from "./cli-error.ts";
import { START_REGISTRY } from "./doctor/stores.ts";

/** Unauthorized and Forbidden. */
const DENIED: ReadonlySet<number | undefined> = new Set([401, 403]);
const CREDENTIALS = "check the credentials of R2 and KV in the settings";

/** A failure of R2 or KV, with what to do. `again` says so for an outage, which may pass. */
export function storeFailure(error: StoreError, again: string): CliError {
  return new CliError(`${error.message}; ${adviceFor(error) ?? again}`, { cause: error.cause });
}

function adviceFor(error: StoreError): string | undefined {
  if (DENIED.has(error.status)) return CREDENTIALS;
  return isCausedBy(error, "ECONNREFUSED") ? `nothing listens there: ${START_REGISTRY}` : undefined;
}
