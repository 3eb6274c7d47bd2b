import { HEARTBEAT_INTERVAL_MS } from "../../protocol/build-events.ts";

/** After six missing heartbeats, the connection counts as dead. */
const MAX_SILENCE_MS = 6 * HEARTBEAT_INTERVAL_MS;
/**
 * An origin that failed a moment ago must begin its answer within this time. An origin that works begins at once. So
 * clients that try again learn soon that the origin is still frozen.
 */
const SUSPECT_SILENCE_MS = 5000;

export interface SilenceLimits {
  /** Whether the origin failed a moment ago. */
  readonly isSuspect?: boolean;
  /** Milliseconds. */
  readonly maxSilenceMs?: number;
}

/** Aborts a call if the origin is silent for too long. */
export class SilenceTimer {
  readonly #controller = new AbortController();
  readonly #maxMs: number;
  #limitMs: number;
  #heardAt = Date.now();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor({ isSuspect = false, maxSilenceMs = MAX_SILENCE_MS }: SilenceLimits = {}) {
    this.#maxMs = maxSilenceMs;
    this.#limitMs = isSuspect ? Math.min(SUSPECT_SILENCE_MS, maxSilenceMs) : maxSilenceMs;
    this.#check();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Only notes the time: a log may have hundreds of lines a second, too many for a new timer for each line. */
  heard(): void {
    this.#heardAt = Date.now();
    this.#limitMs = this.#maxMs;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #check(): void {
    const leftMs = this.#heardAt + this.#limitMs - Date.now();
    if (leftMs > 0) this.#timer = setTimeout(() => this.#check(), leftMs);
    else this.#controller.abort(new Error(`the origin was silent for ${this.#limitMs} ms`));
  }
}
