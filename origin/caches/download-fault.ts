import type { DownloadError } from "../downloads/download-error.ts";
import { isSystemError } from "../system/error-code.ts";
import type { CacheFaultKind } from "./cache-fault.ts";

const UNAUTHORIZED = 401;
const FORBIDDEN = 403;

/** What an error of a download says of the cache. */
export function downloadFault(error: DownloadError): { readonly kind: CacheFaultKind; readonly words: string } {
  switch (error.failure) {
    case "unreachable":
      return { kind: "unreachable", words: `cannot be reached${reasonOf(error)}` };
    case "silent":
      return { kind: "slow", words: "does not answer, or stops answering" };
    case "refused":
      return { kind: "refused", words: `answers HTTP error ${error.status}${adviceFor(error.status)}` };
    case "broken":
      return { kind: "archive", words: "breaks off in the middle of an answer" };
    case "too-long":
      return { kind: "archive", words: "sends more bytes than it announced" };
  }
}

function adviceFor(status: number | undefined): string {
  const isPassword = status === UNAUTHORIZED || status === FORBIDDEN;
  return isPassword ? "; it needs a password (CORNICE_NIX_NETRC)" : "";
}

/** `fetch` hides the error of the system in another one. */
function reasonOf({ cause }: DownloadError): string {
  const system = cause instanceof Error ? cause.cause : undefined;
  return isSystemError(system) ? `: ${String(system.code)}` : "";
}
