import { setTimeout as pause } from "node:timers/promises";

/** A server did not give a file. The message continues the name of the file: `cannot be fetched: the server answered 502`. */
export class DownloadError extends Error {
  override readonly name = "DownloadError";
  /** Whether another attempt may succeed. */
  readonly isTransient: boolean;
  /** Whether the server does not have the file. */
  readonly isMissing: boolean;

  constructor(message: string, isTransient: boolean, cause?: unknown, isMissing = false) {
    super(message, { cause });
    this.isTransient = isTransient;
    this.isMissing = isMissing;
  }
}

export interface DownloadOptions {
  /** A server that sends nothing for this time counts as down; milliseconds. */
  readonly silenceMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Gets the number of bytes since its last call. */
  readonly onBytes?: (count: number) => void;
}

const NOT_FOUND = 404;
const TOO_MANY_REQUESTS = 429;
const FIRST_SERVER_ERROR = 500;

/** Downloads a file. It goes on as long as bytes arrive. Throws `DownloadError`. */
export async function* download(
  url: string,
  { silenceMs, maxBytes, signal, onBytes }: DownloadOptions,
): AsyncGenerator<Uint8Array> {
  const silence = new Silence(silenceMs);
  let bytes = 0;
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, silence.signal]) });
    if (!response.ok || response.body === null) throw refused(response);
    const body: AsyncIterable<Uint8Array> = response.body;
    for await (const chunk of body) {
      silence.pause();
      bytes += chunk.length;
      if (bytes > maxBytes) throw new DownloadError(`the server sends more than ${maxBytes} bytes`, false);
      onBytes?.(chunk.length);
      yield chunk;
      silence.resume();
    }
  } catch (cause) {
    signal.throwIfAborted();
    if (silence.signal.aborted) throw silence.signal.reason;
    if (cause instanceof DownloadError) throw cause;
    throw new DownloadError(bytes === 0 ? "the server cannot be reached" : "the connection broke", true, cause);
  } finally {
    silence.pause();
  }
}

function refused({ status }: Response): DownloadError {
  if (status === NOT_FOUND) return new DownloadError("the server does not have it", false, undefined, true);
  const isTransient = status >= FIRST_SERVER_ERROR || status === TOO_MANY_REQUESTS;
  return new DownloadError(`the server answered ${status}`, isTransient);
}

/** Measures the time without a byte. Time that the reader needs does not count. */
class Silence {
  readonly #controller = new AbortController();
  readonly #limitMs: number;
  #timer: NodeJS.Timeout;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#timer = this.#start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  pause(): void {
    clearTimeout(this.#timer);
  }

  resume(): void {
    this.#timer = this.#start();
  }

  #start(): NodeJS.Timeout {
    const seconds = Math.round(this.#limitMs / 1000);
    const reason = new DownloadError(`the server sent nothing for ${seconds} s`, true);
    return setTimeout(() => this.#controller.abort(reason), this.#limitMs);
  }
}

/** Runs `attempt` again, after each pause, while it fails with a transient `DownloadError`. Pauses in milliseconds. */
export async function withAttempts<T>(
  attempt: () => Promise<T>,
  {
    pausesMs,
    signal,
    onFailure,
  }: {
    readonly pausesMs: readonly number[];
    readonly signal: AbortSignal;
    readonly onFailure: (error: DownloadError) => void;
  },
): Promise<T> {
  for (const pauseMs of pausesMs) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof DownloadError) || !error.isTransient) throw error;
      onFailure(error);
      await pause(pauseMs, undefined, { signal });
    }
  }
  return attempt();
}
