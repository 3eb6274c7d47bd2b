import { setTimeout } from "node:timers/promises";

const MEGA = 1_000_000;
const BITS = 8;

/** One direction of a connection that all streams share. */
export class Line {
  readonly #bytesPerMs: number;
  readonly #now: () => number;
  /** When the last byte so far has passed. */
  #freeAt = 0;

  /** `mbit`: megabits a second. Undefined means no limit. */
  constructor(mbit: number | undefined, now: () => number = () => performance.now()) {
    this.#bytesPerMs = mbit === undefined ? Infinity : (mbit * MEGA) / BITS / 1000;
    this.#now = now;
  }

  /** Sends bytes after all earlier ones. Returns the milliseconds until the last of them has passed. */
  take(bytes: number): number {
    const now = this.#now();
    this.#freeAt = Math.max(now, this.#freeAt) + bytes / this.#bytesPerMs;
    return this.#freeAt - now;
  }
}

/** Passes chunks on as the line lets them pass. Tells `onBytes` how many bytes have passed. */
export function throughLine(line: Line, onBytes: (count: number) => void) {
  return async function* passChunks(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      onBytes(chunk.length);
      const ms = line.take(chunk.length);
      if (ms > 0) await setTimeout(ms);
      yield chunk;
    }
  };
}
