import { setTimeout } from "node:timers/promises";
import { type MachineClocks, SYSTEM_CLOCKS } from "../sweeps/timer.ts";

/** The clocks of this machine. They say when to ask the store, and when a lease ends. */
export interface MachineClock extends MachineClocks {
  /** Throws the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Does the work again and again, until the result is called. */
  every(ms: number, work: () => void): () => void;
}

/** The clocks of the machine that runs this process. */
export const SYSTEM_CLOCK: MachineClock = {
  ...SYSTEM_CLOCKS,
  async sleep(ms, signal) {
    await setTimeout(ms, undefined, { signal });
  },
  every(ms, work) {
    const timer = setInterval(work, ms);
    return () => clearInterval(timer);
  },
};
