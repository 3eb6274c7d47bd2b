import type { BufferPool } from "./buffer-pool.ts";
import { BUFFERS_A_FEED } from "./messages.ts";

/**
 * Fills buffers with the bytes of one feed, and sends each full one. When all buffers of the feed are on their way, it
 * waits until one comes back. So memory does not depend on the archive.
 */
export class BufferedFeed {
  readonly #pool: BufferPool;
  readonly #send: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly #closing = new AbortController();
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;
  /** Buffers on their way. */
  #sent = 0;
  #wake: () => void = () => {};

  /** `send` must transfer the buffer of the bytes. */
  constructor(pool: BufferPool, send: (bytes: Uint8Array<ArrayBuffer>) => void) {
    this.#pool = pool;
    this.#send = send;
  }

  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  /** Throws the signal's reason if the feed is closed. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      if (this.#sent === BUFFERS_A_FEED) await this.#oneBack();
      this.signal.throwIfAborted();
      this.#buffer ??= this.#pool.take();
      const part = bytes.subarray(done, done + this.#buffer.length - this.#filled);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      done += part.length;
      if (this.#filled === this.#buffer.length) this.flush();
    }
  }

  /** Sends what is in the current buffer. */
  flush(): void {
    if (this.#buffer && this.#filled > 0) {
      this.#send(this.#buffer.subarray(0, this.#filled));
      this.#sent += 1;
    }
    this.#buffer = undefined;
    this.#filled = 0;
  }

  /** One of the feed's buffers has come back. */
  takeBack(): void {
    this.#sent -= 1;
    this.#wake();
  }

  close(): void {
    this.#closing.abort();
    this.#wake();
  }

  async #oneBack(): Promise<void> {
    while (this.#sent === BUFFERS_A_FEED && !this.signal.aborted)
      await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}
