import { randomUUID } from "node:crypto";
import { SWEEP_LEASE_MS } from "../../protocol/sweep-state.ts";
import type { Lease, MaintainedStore } from "../stores/maintained-store.ts";
import { type LockPlace, releaseLock, renewLock, takeLock } from "../sweeps/sweep-lock.ts";
import { startTimer, type Timer } from "../sweeps/timer.ts";
import { LostLock } from "./collection-error.ts";
import type { MachineClock } from "./machine-clock.ts";
import { storeTime } from "./store-time.ts";

/** Only one collection runs at a time. */
export interface CollectionLock {
  /**
   * Makes sure that this collection still has the lock. Is cheap most times: a timer renews the lock. Throws `LostLock` if it
   * stood still, and somebody has taken the lock.
   */
  keep(): Promise<void>;
  /** The time in which nobody takes the lock. Call `keep` right before. */
  lease(): Lease;
  release(): Promise<void>;
}

export interface LockOptions {
  readonly store: MaintainedStore;
  readonly clock: MachineClock;
  readonly signal: AbortSignal;
  /** Gets a line if another collection runs. */
  readonly onWait: (line: string) => void;
}

const BEAT_MS = 15_000;
/** The timer was late so often that the work itself renews the lock. Half the lease is left. */
const OVERDUE_MS = 30_000;
const POLL_MS = 15_000;

/** Waits until no other collection runs. */
export async function acquireLock({ store, clock, signal, onWait }: LockOptions): Promise<CollectionLock> {
  const place = { store, holder: randomUUID() };
  let isWaiting = false;
  for (;;) {
    signal.throwIfAborted();
    const sinceTaken = startTimer(clock);
    if (await takeLock(place, () => storeTime(store))) return holdLock({ place, clock, sinceTaken });
    if (!isWaiting) onWait("another garbage collection runs; waiting until it ends, or is silent for two minutes");
    isWaiting = true;
    await clock.sleep(POLL_MS, signal);
  }
}

interface OwnLock extends Pick<LockOptions, "clock"> {
  readonly place: LockPlace;
  /** Was started before the lock was taken. */
  readonly sinceTaken: Timer;
}

function holdLock({ place, clock, sinceTaken }: OwnLock): CollectionLock {
  let sinceRenewal = sinceTaken;
  let renewing: Promise<void> | undefined;

  async function renew(): Promise<void> {
    const sinceNow = startTimer(clock);
    if (!(await renewLock(place))) throw new LostLock();
    sinceRenewal = sinceNow;
  }
  function beat(): Promise<void> {
    renewing ??= renew().finally(() => (renewing = undefined));
    return renewing;
  }
  // `keep` meets the same error, if it stays.
  const stop = clock.every(BEAT_MS, () => void beat().catch(() => undefined));

  return {
    async keep() {
      if (sinceRenewal() >= OVERDUE_MS) await beat();
    },
    lease: () => leaseOf(sinceRenewal),
    async release() {
      stop();
      await renewing?.catch(() => undefined);
      await releaseLock(place);
    },
  };
}

function leaseOf(sinceRenewal: Timer): Lease {
  const leftMs = Math.max(0, Math.floor(SWEEP_LEASE_MS - sinceRenewal()));
  return {
    signal: AbortSignal.timeout(leftMs),
    isOver: () => sinceRenewal() >= SWEEP_LEASE_MS,
  };
}
