import { setTimeout } from "node:timers/promises";

/** The clocks of this machine. They say when to ask the store, and when a lease ends. */
export interface MachineClock {
  /** Milliseconds since some moment. It never jumps, but may stand still while the machine sleeps. */
  steady(): number;
  /** Milliseconds since the epoch. It may jump. */
  wall(): number;
  /** Throws the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Does the work again and again, until the result is called. */
  every(ms: number, work: () => void): () => void;
}

/** What both clocks said at one moment. */
export interface Moment {
  readonly steady: number;
  readonly wall: number;
}

/** The clocks of the machine that runs this process. */
export const SYSTEM_CLOCK: MachineClock = {
  steady: () => performance.now(),
  wall: Date.now,
  async sleep(ms, signal) {
    await setTimeout(ms, undefined, { signal });
  },
  every(ms, work) {
    const timer = setInterval(work, ms);
    return () => clearInterval(timer);
  },
};

export function momentOf(clock: MachineClock): Moment {
  return { steady: clock.steady(), wall: clock.wall() };
}

/** At least the time that has passed, also if the machine was asleep. Milliseconds. */
export function passedSince({ steady, wall }: Moment, clock: MachineClock): number {
  return Math.max(clock.steady() - steady, Math.abs(clock.wall() - wall));
}
