import { setTimeout } from "node:timers/promises";
import { S3ServiceException } from "@aws-sdk/client-s3";

const ATTEMPTS = 3;
const RETRY_PAUSE_MS = 500;

/** Runs `attempt` up to three times. The SDK cannot send a stream twice, so each attempt makes a new one. */
export async function withRetries<T>(signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (count === ATTEMPTS || signal?.aborted || isFileError(error) || isClientError(error)) throw error;
      await setTimeout(RETRY_PAUSE_MS * count);
    }
  }
}

/** Socket errors have a `syscall` too, but only file errors have a path. */
export function isFileError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && "path" in error;
}

/** R2 would refuse the same request again. */
function isClientError(error: unknown): boolean {
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  return status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
}
