import { RegistryError } from "./registry-error.ts";
import { Silence } from "../../origin/downloads/silence.ts";
import { DownloadError } from "../../origin/downloads/download-error.ts";

/** A server that sends nothing for this time counts as down. */
const SILENCE_MS = 60_000;

/** Reads a body while it arrives. Throws `RegistryError` if it breaks, stops or has too many bytes. */
export async function* limitedBody(response: Response, maxBytes: number): AsyncGenerator<Uint8Array> {
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader();
  if (!reader) return;
  const silence = new Silence(SILENCE_MS, 0);
  const stop = () => void reader.cancel(silence.signal.reason).catch(() => {});
  silence.signal.addEventListener("abort", stop);
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      silence.pause(value?.length);
      silence.signal.throwIfAborted();
      if (done) return;
      bytes += value.length;
      if (bytes > maxBytes) throw new RegistryError(`the server sends more than ${maxBytes} bytes`);
      yield value;
      silence.resume();
    }
  } catch (cause) {
    throw bodyError(cause);
  } finally {
    silence.pause();
    silence.signal.removeEventListener("abort", stop);
    // An unread long body would keep the connection open.
    await reader.cancel().catch(() => {});
  }
}

/** Reads a small body. Throws `RegistryError`. */
export async function readBody(response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks = await Array.fromAsync(limitedBody(response, maxBytes));
  return Uint8Array.from(Buffer.concat(chunks));
}

function bodyError(cause: unknown): unknown {
  if (cause instanceof RegistryError) return cause;
  const message = cause instanceof DownloadError ? cause.message : "the connection broke";
  return new RegistryError(message, { isTransient: true, cause });
}
