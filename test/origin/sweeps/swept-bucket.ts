import { createDigestFilter } from "../../../protocol/digest-filter.ts";
import { type Digest, digestHex } from "../../../protocol/digest.ts";
import {
  condemnedKey,
  NEVER_SWEPT,
  parseSweepState,
  SWEEP_STATE_KEY,
  type SweepState,
  sweepStateJson,
} from "../../../protocol/sweep-state.ts";
import { putRecord, readRecord } from "../../../origin/stores/object-store.ts";
import { createSweepGuard } from "../../../origin/sweeps/sweep-guard.ts";
import { takeLock } from "../../../origin/sweeps/sweep-lock.ts";
import { createMemoryStore, type MemoryStore } from "../stores/memory-store.ts";

const RUN = "run-1";

/** Who holds the lock. */
export const COLLECTOR = "collector";

interface BucketOptions {
  /** Whatever others do while a work waits. */
  readonly onPause?: (store: MemoryStore) => Promise<unknown>;
}

/** A bucket with a clock. The guard's timer and its pauses go by the same clock. */
export function openBucket({ onPause }: BucketOptions = {}) {
  const clock = { now: 1_000_000_000_000 };
  const store = createMemoryStore(() => clock.now);
  const guard = () =>
    createSweepGuard({
      store,
      startTimer() {
        const begun = clock.now;
        return () => clock.now - begun;
      },
      async pause(ms) {
        clock.now += ms;
        await onPause?.(store);
      },
    });
  return {
    clock,
    store,
    /** A new process. */
    guard,
    async setState(change: Partial<SweepState>): Promise<void> {
      await putRecord(store, SWEEP_STATE_KEY, sweepStateJson({ ...NEVER_SWEPT, run: RUN, ...change }));
    },
    async state(): Promise<SweepState | undefined> {
      return parseSweepState(await readRecord(store, SWEEP_STATE_KEY));
    },
    async condemn(digests: readonly Digest[]): Promise<void> {
      const filter = createDigestFilter(digests.length);
      for (const digest of digests) filter.add(digestHex(digest));
      const content = { kind: "bytes", bytes: filter.bytes } as const;
      await store.put(condemnedKey(RUN), content, { contentType: "application/octet-stream" });
    },
    lock: () => takeLock({ store, holder: COLLECTOR }, async () => clock.now),
  };
}
