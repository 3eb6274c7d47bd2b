import { DownloadError } from "./download-error.ts";

/**
 * Aborts its signal if too few bytes arrive in `limitMs`. It measures only the time in which the reader waits for the
 * server. `lowestRate` in bytes a second; 0 lets a single byte begin a new measurement.
 */
export class Silence {
  readonly #controller = new AbortController();
  readonly #limitMs: number;
  readonly #enoughBytes: number;
  #timer: NodeJS.Timeout | undefined;
  #bytes = 0;
  #waitedMs = 0;
  #resumedAt = 0;

  constructor(limitMs: number, lowestRate: number) {
    this.#limitMs = limitMs;
    this.#enoughBytes = Math.max(1, (lowestRate * limitMs) / 1000);
    this.resume();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The server has sent so many bytes. */
  pause(bytes = 0): void {
    clearTimeout(this.#timer);
    this.#bytes += bytes;
    this.#waitedMs += performance.now() - this.#resumedAt;
    if (this.#bytes < this.#enoughBytes) return;
    this.#bytes = 0;
    this.#waitedMs = 0;
  }

  resume(): void {
    this.#resumedAt = performance.now();
    this.#timer = setTimeout(() => this.#controller.abort(this.#reason()), Math.max(0, this.#limitMs - this.#waitedMs));
  }

  #reason(): DownloadError {
    const sent = this.#bytes === 0 ? "nothing" : `only ${this.#bytes} bytes`;
    const seconds = Math.round(this.#limitMs / 1000);
    return new DownloadError(`the server sent ${sent} for ${seconds} s`, true, { failure: "silent" });
  }
}
