import { DownloadError } from "./download-error.ts";
import { Silence } from "./silence.ts";

export interface DownloadOptions {
  /** A server that sends nothing for this time counts as down; milliseconds. */
  readonly silenceMs: number;
  /** A server that is slower for `silenceMs` counts as down, too; bytes a second. */
  readonly lowestRate?: number;
  /** The limit for the whole file. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** The first byte that the reader needs. The server may send the bytes before it again: they are dropped. */
  readonly from?: number;
  /** Gets the number of bytes since its last call. */
  readonly onBytes?: (count: number) => void;
}

const PARTIAL_CONTENT = 206;
const NOT_FOUND = 404;
const RANGE_NOT_SATISFIABLE = 416;
const TOO_MANY_REQUESTS = 429;
const FIRST_SERVER_ERROR = 500;

/** Downloads a file over HTTP. It goes on as long as bytes arrive. Throws `DownloadError`. */
export async function* download(url: string, options: DownloadOptions): AsyncGenerator<Uint8Array> {
  const { silenceMs, lowestRate = 0, maxBytes, signal, headers = {}, from = 0, onBytes } = options;
  const silence = new Silence(silenceMs, lowestRate);
  let hasBegun = false;
  try {
    const range: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {};
    const request = { headers: { ...headers, ...range }, signal: AbortSignal.any([signal, silence.signal]) };
    const response = await fetch(url, request);
    if (!response.ok || response.body === null) {
      // An unread long body would keep the connection open.
      await response.body?.cancel();
      throw refused(response);
    }
    const body: AsyncIterable<Uint8Array> = response.body;
    let at = firstByte(response, from);
    for await (const chunk of body) {
      silence.pause(chunk.length);
      hasBegun = true;
      const needed = chunk.subarray(Math.max(0, from - at));
      at += chunk.length;
      if (at > maxBytes)
        throw new DownloadError(`the server sends more than ${maxBytes} bytes`, false, { failure: "too-long" });
      if (needed.length > 0) {
        onBytes?.(needed.length);
        yield needed;
      }
      silence.resume();
    }
  } catch (cause) {
    signal.throwIfAborted();
    if (silence.signal.aborted) throw silence.signal.reason;
    if (cause instanceof DownloadError) throw cause;
    throw hasBegun
      ? new DownloadError("the connection broke", true, { failure: "broken", cause })
      : new DownloadError("the server cannot be reached", true, { failure: "unreachable", cause });
  } finally {
    silence.pause();
  }
}

/** The place of the answer's first byte in the file. A server that does not know ranges sends the whole file. */
function firstByte({ status, headers }: Response, from: number): number {
  if (status !== PARTIAL_CONTENT) return 0;
  const start = Number(/^bytes (\d{1,15})-/.exec(headers.get("content-range") ?? "")?.[1] ?? Infinity);
  if (start <= from) return start;
  throw new DownloadError("the server sent another part of the file", false);
}

function refused({ status }: Response): DownloadError {
  if (status === RANGE_NOT_SATISFIABLE) return new DownloadError("the file ends too early", false, { status });
  const isTransient = status >= FIRST_SERVER_ERROR || status === TOO_MANY_REQUESTS;
  const message = status === NOT_FOUND ? "the server does not have it" : `the server answered ${status}`;
  return new DownloadError(message, isTransient, { failure: "refused", status });
}
