import { S3ServiceException } from "@aws-sdk/client-s3";
import { StoreError } from "./object-store.ts";
import { isFileError } from "./r2-retries.ts";

const NOT_FOUND = 404;

/** Turns errors of R2 and of the network into a `StoreError`. Aborts and errors of our own files stay as they are. */
export function failed(method: string, key: string, signal?: AbortSignal) {
  return (cause: unknown): never => {
    if (signal?.aborted || isFileError(cause)) throw cause;
    // A list of the whole bucket has no key.
    const what = [method, key].filter((word) => word !== "").join(" ");
    throw new StoreError(`${what} failed at R2`, { cause, status: statusOf(cause) });
  };
}

/** Makes an answer of "there is no such object" undefined. */
export function ignoreMissing(error: unknown): undefined {
  if (statusOf(error) !== NOT_FOUND) throw error;
}

/** The HTTP status of an answer that R2 gave. Undefined if there was none. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}
