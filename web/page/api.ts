import { isJsonObject } from "../../protocol/json-object.ts";
import { isOciErrorCode, type OciErrorCode } from "../../protocol/oci-error.ts";

/** The registry has refused a call, or could not be reached. The message is for people. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** Undefined if no answer came, or if the answer is not the registry's. */
  readonly code: OciErrorCode | undefined;

  constructor(message: string, code?: OciErrorCode, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

interface CallOptions {
  /** Sent as JSON by POST. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Asks the registry. `parse` returns null for an answer that it does not understand. Throws `ApiError`. */
export async function ask<T>(
  path: string,
  parse: (value: unknown) => T | null,
  { body, signal }: CallOptions = {},
): Promise<T> {
  const posted = body === undefined ? {} : { method: "POST", headers: JSON_HEADERS, body: JSON.stringify(body) };
  const response = await send(path, { ...posted, ...(signal === undefined ? {} : { signal }) });
  const value: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw refusal(response.status, value);
  const parsed = parse(value);
  if (parsed === null) throw new ApiError("This page does not understand the registry's answer. Reload the page.");
  return parsed;
}

const JSON_HEADERS = { "Content-Type": "application/json" };

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (cause) {
    if (init.signal?.aborted === true) throw cause;
    throw new ApiError("The registry cannot be reached. Check the connection and try again.", undefined, { cause });
  }
}

function refusal(status: number, value: unknown): ApiError {
  const errors = isJsonObject(value) ? value["errors"] : undefined;
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const { code, message } = isJsonObject(first) ? first : {};
  const text = typeof message === "string" && message !== "" ? message : `The registry answered with status ${status}.`;
  return new ApiError(text, isOciErrorCode(code) ? code : undefined);
}

/** The text of an error, for people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
