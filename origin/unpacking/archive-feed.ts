import { type Failure, ReportedError } from "./failure.ts";
import { BUFFERS_A_FEED } from "./messages.ts";

interface FeedOptions {
  /** Called with each buffer that was read. */
  readonly onRead: (buffer: ArrayBuffer) => void;
  readonly onClose: () => void;
}

/** The tar of a store path, as the bytes arrive from another thread. */
export class ArchiveFeed {
  readonly #options: FeedOptions;
  readonly #arrived: Uint8Array<ArrayBuffer>[] = [];
  /** Bytes of the first buffer that were read. */
  #read = 0;
  #end: { readonly failure?: Failure } | undefined;
  #isClosed = false;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Whether a read makes sense now: there is enough for a member, or nothing more comes. */
  get isReady(): boolean {
    return this.#end !== undefined || this.#arrived.length >= BUFFERS_A_FEED - 1;
  }

  /** Whether all bytes were read, and the archive was right. */
  get isRead(): boolean {
    return this.#end !== undefined && !this.#end.failure && this.#arrived.length === 0;
  }

  /** Copies bytes until the target is full or no more have arrived. Throws `ReportedError` if the archive failed. */
  read(target: Uint8Array): number {
    if (this.#end?.failure) throw new ReportedError(this.#end.failure);
    let filled = 0;
    for (let [first] = this.#arrived; first && filled < target.length; [first] = this.#arrived) {
      const part = first.subarray(this.#read, this.#read + target.length - filled);
      target.set(part, filled);
      filled += part.length;
      this.#read += part.length;
      if (this.#read < first.length) continue;
      this.#arrived.shift();
      this.#read = 0;
      this.#options.onRead(first.buffer);
    }
    return filled;
  }

  take(bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.#isClosed) this.#arrived.push(bytes);
  }

  end(outcome: { readonly failure?: Failure }): void {
    this.#end ??= outcome;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#arrived.length = 0;
    this.#options.onClose();
  }
}
