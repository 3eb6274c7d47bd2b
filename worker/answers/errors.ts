import { OciError } from "../../protocol/oci-error.ts";
import { reasonPhrase } from "./reason-phrase.ts";
import { losesTextOf404 } from "./user-agents.ts";

/** The one place that turns errors into responses. It logs unexpected errors and causes whole. */
export function answerError(error: unknown): Response {
  if (!(error instanceof OciError)) {
    logFailure("unexpected error", error);
    return errorResponse(new OciError("UNKNOWN", "internal error"));
  }
  if (error.cause !== undefined) logFailure(error.message, error.cause);
  return errorResponse(error);
}

/** containers/image and oras wait as long before they try again after an outage. */
const RETRY_AFTER_S = "10";

function errorResponse(error: OciError): Response {
  const body = new TextEncoder().encode(JSON.stringify(error.toBody()));
  const headers = {
    ...(error.status === 503 ? { "Retry-After": RETRY_AFTER_S } : {}),
    ...error.headers,
    "Content-Type": "application/json",
    "Content-Length": String(body.length),
  };
  return new Response(body, {
    status: error.status,
    statusText: reasonPhrase(error),
    headers,
  });
}

/** Changes an error about a name or a tag so that the client shows its message to a person. */
export function readableError(error: unknown, request: Request): unknown {
  if (!(error instanceof OciError) || error.status !== 404 || !losesTextOf404(request)) return error;
  const { message, detail, headers, page } = error;
  return new OciError("DENIED", message, { detail, headers, page });
}

/** One JSON line in the Worker's log. */
export function logFailure(message: string, error: unknown): void {
  console.error(JSON.stringify({ level: "error", message, causes: describe(error) }));
}

function describe(error: unknown): string[] {
  if (error instanceof Error) return [error.stack ?? error.message, ...describe(error.cause)];
  return error === undefined ? [] : [JSON.stringify(error)];
}
