/**
 * - `unreachable`: no connection
 * - `silent`: too few bytes for too long
 * - `refused`: a status that is no success
 * - `broken`: the answer ends in the middle, or is another one
 * - `too-long`: more bytes than allowed
 */
export type DownloadFailure = "unreachable" | "silent" | "refused" | "broken" | "too-long";

interface Details extends ErrorOptions {
  readonly failure?: DownloadFailure;
  /** The HTTP status of the answer. */
  readonly status?: number;
}

const NOT_FOUND = 404;

/** A server did not give a file. The message continues the name of the file: `cannot be fetched: the server answered 502`. */
export class DownloadError extends Error {
  override readonly name = "DownloadError";
  /** Whether another attempt may succeed. */
  readonly isTransient: boolean;
  readonly failure: DownloadFailure;
  readonly status: number | undefined;

  constructor(message: string, isTransient: boolean, { failure = "broken", status, cause }: Details = {}) {
    super(message, { cause });
    this.isTransient = isTransient;
    this.failure = failure;
    this.status = status;
  }

  /** Whether the server does not have the file. */
  get isMissing(): boolean {
    return this.status === NOT_FOUND;
  }
}
