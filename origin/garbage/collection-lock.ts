import { randomUUID } from "node:crypto";
import { SWEEP_LOCK_KEY, SWEEP_LOCK_MS } from "../../protocol/sweep-state.ts";
import type { MaintainedStore, VersionedObject } from "../stores/maintained-store.ts";
import { LostLock } from "./collection-error.ts";
import { storeTime } from "./store-time.ts";

/** The clocks of this machine. Nothing believes them: they only say when to ask the store. */
export interface MachineClock {
  /** Milliseconds since some moment. It never jumps, but may stand still while the machine sleeps. */
  steady(): number;
  /** Milliseconds since the epoch. It may jump. */
  wall(): number;
  /** Throws the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Only one collection runs at a time. */
export interface CollectionLock {
  /** Shows the others that this collection runs. Is cheap most times. Throws `LostLock` if it stood still for too long. */
  keep(): Promise<void>;
  release(): Promise<void>;
}

export interface LockOptions {
  readonly store: MaintainedStore;
  readonly clock: MachineClock;
  readonly signal: AbortSignal;
  /** Gets a line if another collection runs. */
  readonly onWait: (line: string) => void;
}

const RENEW_MS = 60_000;
/** A collection that has not renewed its lock for so long stops by itself, by the store's clock. */
const LOST_MS = 600_000;
const POLL_MS = 15_000;
const MAX_LOCK_BYTES = 4096;

/** Waits until no other collection runs. */
export async function acquireLock(options: LockOptions): Promise<CollectionLock> {
  const { store, clock, signal, onWait } = options;
  const holder = randomUUID();
  let isWaiting = false;
  for (;;) {
    signal.throwIfAborted();
    const began = readClocks(clock);
    const held = await store.readVersion(SWEEP_LOCK_KEY, MAX_LOCK_BYTES);
    const isFree = !held || (await storeTime(store)) - held.modifiedAt >= SWEEP_LOCK_MS;
    if (isFree && (await replaceLock(store, lockBytes(holder, 0), held?.etag)))
      return createLock({ store, clock, holder, began });
    if (!isWaiting) onWait("another garbage collection runs; waiting until it ends, or is silent for 20 minutes");
    isWaiting = true;
    await clock.sleep(POLL_MS, signal);
  }
}

interface OwnLock extends Pick<LockOptions, "store" | "clock"> {
  readonly holder: string;
  /** The clocks before the lock was taken. */
  readonly began: Clocks;
}

function createLock({ store, clock, holder, began }: OwnLock): CollectionLock {
  let renewed = began;
  let renewals = 0;

  async function ownVersion(): Promise<VersionedObject | undefined> {
    const held = await store.readVersion(SWEEP_LOCK_KEY, MAX_LOCK_BYTES);
    return held && Buffer.compare(held.bytes, lockBytes(holder, renewals)) === 0 ? held : undefined;
  }

  /** A writer may end the sweep of a lock that is stale, and leaves the lock alone. */
  async function isLost({ modifiedAt }: VersionedObject, passedMs: number): Promise<boolean> {
    return passedMs >= LOST_MS && (await storeTime(store)) - modifiedAt >= LOST_MS;
  }

  return {
    async keep() {
      const now = readClocks(clock);
      const passedMs = passedBetween(renewed, now);
      if (passedMs < RENEW_MS) return;
      const held = await ownVersion();
      if (!held || (await isLost(held, passedMs))) throw new LostLock();
      if (!(await replaceLock(store, lockBytes(holder, renewals + 1), held.etag))) throw new LostLock();
      renewals += 1;
      renewed = now;
    },
    async release() {
      if (await ownVersion()) await store.remove([SWEEP_LOCK_KEY]);
    },
  };
}

interface Clocks {
  readonly steady: number;
  readonly wall: number;
}

function readClocks(clock: MachineClock): Clocks {
  return { steady: clock.steady(), wall: clock.wall() };
}

/** At least the time that has passed, also if the machine was asleep. Milliseconds. */
function passedBetween(before: Clocks, after: Clocks): number {
  return Math.max(after.steady - before.steady, Math.abs(after.wall - before.wall));
}

/** The content differs each time, because equal contents have equal etags. */
function lockBytes(holder: string, renewals: number): Buffer {
  return Buffer.from(JSON.stringify({ version: 1, holder, renewals }));
}

/** The answer to a put may get lost, and its repetition fails then. So the store says what counts. */
async function replaceLock(store: MaintainedStore, bytes: Buffer, etag: string | undefined): Promise<boolean> {
  if (await store.replace(SWEEP_LOCK_KEY, bytes, etag)) return true;
  const held = await store.readVersion(SWEEP_LOCK_KEY, MAX_LOCK_BYTES);
  return held !== undefined && Buffer.compare(held.bytes, bytes) === 0;
}
