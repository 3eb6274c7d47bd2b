import { OciError } from "../../protocol/oci-error.ts";
import { headerText } from "./header-text.ts";
import { losesTextOf404 } from "./user-agents.ts";

/** The one place that turns errors into responses. What is not expected, or hides a cause, is logged whole. */
export function answerError(error: unknown): Response {
  if (!(error instanceof OciError)) {
    logFailure("unexpected error", error);
    return errorResponse(new OciError("UNKNOWN", "internal error"));
  }
  if (error.cause !== undefined) logFailure(error.message, error.cause);
  return errorResponse(error);
}

/** After an outage, clients that heed it (containers/image, oras) wait as long. */
const RETRY_AFTER_S = "10";

function errorResponse(error: OciError): Response {
  const body = new TextEncoder().encode(JSON.stringify(error.toBody()));
  const headers = {
    ...(error.status === 503 ? { "Retry-After": RETRY_AFTER_S } : {}),
    ...error.headers,
    "Content-Type": "application/json",
    "Content-Length": String(body.length),
    "Cache-Control": "no-store",
  };
  return new Response(body, {
    status: error.status,
    statusText: headerText(error.message, MAX_REASON_LENGTH),
    headers,
  });
}

/**
 * The text is the HTTP/1.1 reason phrase, too: containerd before 2.3, Docker's containerd store before 29 and buildkit
 * print nothing else, and on a 5xx neither do Docker and podman. A terminal line is as long.
 */
const MAX_REASON_LENGTH = 240;

/** An answer to a tag that a person is to read, in the form in which their client shows it. */
export function readableError(error: OciError, userAgent: string | null): OciError {
  if (error.code !== "MANIFEST_UNKNOWN" || !losesTextOf404(userAgent)) return error;
  return new OciError("DENIED", error.message, { detail: error.detail, headers: error.headers });
}

/** One JSON line in the Worker's log. */
export function logFailure(message: string, error: unknown): void {
  console.error(JSON.stringify({ level: "error", message, causes: describe(error) }));
}

function describe(error: unknown): string[] {
  if (error instanceof Error) return [error.stack ?? error.message, ...describe(error.cause)];
  return error === undefined ? [] : [JSON.stringify(error)];
}
