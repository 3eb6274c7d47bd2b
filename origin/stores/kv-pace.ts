export interface PaceClock {
  /** Milliseconds since some moment. It never jumps. */
  steady(): number;
  /** Throws the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface PaceOptions {
  readonly clock: PaceClock;
  readonly signal: AbortSignal;
  /** Is told once when KV refuses calls, and for how many milliseconds nobody calls. */
  readonly onHold: (ms: number) => void;
}

/** Keeps calls apart. */
export interface Pace {
  /** Resolves when the next call may begin. Throws the signal's reason. */
  turn(): Promise<void>;
  /** KV has refused a call: nobody may call for so long. Milliseconds. Without a time, the pace chooses one. */
  hold(ms: number | undefined): void;
}

/**
 * Cloudflare takes 1,200 calls in five minutes, for all programs of an account together. Then it refuses all calls for five
 * minutes. With these, upkeep makes at most 900: https://developers.cloudflare.com/fundamentals/api/reference/limits/
 */
const [BURST, INTERVAL_MS] = [300, 500];
const BURST_MS = (BURST - 1) * INTERVAL_MS;
/** A call has three attempts, so it waits twice. Meanwhile a timer keeps the lock of a collection. */
const MAX_HOLD_MS = 240_000;
/** Twice as long is more than five minutes. */
const USUAL_HOLD_MS = 160_000;

/** Lets a burst of calls through, and then two a second: https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm */
export function createPace({ clock, signal, onHold }: PaceOptions): Pace {
  let next = -Infinity;
  let heldUntil = -Infinity;

  async function turn(): Promise<void> {
    const begin = Math.max(next, clock.steady() - BURST_MS);
    next = begin + INTERVAL_MS;
    const wait = begin - clock.steady();
    if (wait > 0) await clock.sleep(wait, signal);
    // A call has been refused meanwhile.
    if (clock.steady() < heldUntil) await turn();
  }

  function hold(asked = USUAL_HOLD_MS): void {
    const now = clock.steady();
    const ms = Math.min(asked, MAX_HOLD_MS);
    if (heldUntil <= now) onHold(ms);
    heldUntil = Math.max(heldUntil, now + ms);
    next = Math.max(next, heldUntil);
  }

  return { turn, hold };
}
