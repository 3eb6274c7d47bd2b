import { BUFFER_BYTES } from "./messages.ts";

/** 16 MB. Further buffers are left to the garbage collector. */
const MAX_FREE = 64;

/** Buffers that travel between threads. They come back and are used again, because each new one costs garbage collection. */
export class BufferPool {
  readonly #free: ArrayBuffer[] = [];

  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#free.pop() ?? new ArrayBuffer(BUFFER_BYTES));
  }

  give(buffer: ArrayBuffer): void {
    if (this.#free.length < MAX_FREE) this.#free.push(buffer);
  }
}
