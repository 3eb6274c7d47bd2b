import { BUFFER_BYTES, BUFFERS_A_FEED } from "./messages.ts";

/**
 * Fills buffers with the bytes of one feed, and sends each full one. When all buffers of the feed are on their way, it
 * waits until one comes back. So memory does not depend on the archive.
 */
export class BufferedFeed {
  readonly #send: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly #bufferBytes: number;
  readonly #closing = new AbortController();
  readonly #free: ArrayBuffer[] = [];
  #made = 0;
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;
  #wake: () => void = () => {};

  /** `send` must transfer the buffer of the bytes. `bytes`: about how many bytes the feed will have. */
  constructor(bytes: number, send: (bytes: Uint8Array<ArrayBuffer>) => void) {
    this.#bufferBytes = Math.min(BUFFER_BYTES, bytes);
    this.#send = send;
  }

  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  /** Throws the signal's reason if the feed is closed. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      this.#buffer ??= await this.#nextBuffer();
      const part = bytes.subarray(done, done + this.#buffer.length - this.#filled);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      done += part.length;
      if (this.#filled === this.#buffer.length) this.flush();
    }
  }

  /** Sends what is in the current buffer. */
  flush(): void {
    if (this.#buffer && this.#filled > 0) this.#send(this.#buffer.subarray(0, this.#filled));
    this.#buffer = undefined;
    this.#filled = 0;
  }

  takeBack(buffer: ArrayBuffer): void {
    this.#free.push(buffer);
    this.#wake();
  }

  close(): void {
    this.#closing.abort();
    this.#wake();
  }

  async #nextBuffer(): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#free.length === 0 && this.#made === BUFFERS_A_FEED) {
      this.signal.throwIfAborted();
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    this.signal.throwIfAborted();
    const known = this.#free.pop();
    if (known) return new Uint8Array(known);
    this.#made += 1;
    return new Uint8Array(this.#bufferBytes);
  }
}
