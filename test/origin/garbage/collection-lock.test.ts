import { describe, expect, test } from "vitest";
import { acquireLock } from "../../../origin/garbage/collection-lock.ts";
import { leasedIndex, leasedStore } from "../../../origin/garbage/leased-stores.ts";
import type { Lease } from "../../../origin/stores/maintained-store.ts";
import { StoreError } from "../../../origin/stores/object-store.ts";
import { takeLock } from "../../../origin/sweeps/sweep-lock.ts";
import { SWEEP_LOCK_KEY } from "../../../protocol/sweep-state.ts";
import { rejection } from "../fixtures.ts";
import { createMemoryStore } from "../stores/memory-store.ts";
import { createMemoryIndex } from "./memory-stores.ts";

const SECOND_MS = 1000;
const NEVER = new AbortController().signal;

/** A lock of a collection. `pass` lets the timer of the process work, and `sleep` does not: the process is stopped. */
async function holdLock() {
  const clock = { now: 1_000_000_000_000 };
  const store = createMemoryStore(() => clock.now);
  const beats: { readonly ms: number; readonly work: () => void }[] = [];
  const lock = await acquireLock({
    store,
    signal: NEVER,
    onWait: () => {},
    clock: {
      // As that of Node: it has fractions.
      steady: () => clock.now + Math.random() / 2,
      wall: () => clock.now,
      sleep: async (ms) => void (clock.now += ms),
      every(ms, work) {
        beats.push({ ms, work });
        return () => void beats.splice(0);
      },
    },
  });
  return {
    clock,
    store,
    lock,
    sleep: (ms: number) => (clock.now += ms),
    pass: async (ms: number) => {
      for (const end = clock.now + ms; clock.now < end && beats[0];) {
        clock.now += beats[0].ms;
        beats[0].work();
        await new Promise(setImmediate);
      }
    },
    /** Another collection tries to take the lock. */
    steal: () => takeLock({ store, holder: "another one" }, async () => clock.now),
    age: () => clock.now - (store.objects.get(SWEEP_LOCK_KEY)?.modifiedAt ?? 0),
  };
}

describe("the lock of a collection", () => {
  test("is renewed by a timer while the work stands still", async () => {
    const { pass, age, steal, lock } = await holdLock();
    await pass(600 * SECOND_MS);
    expect(age()).toBe(0);
    expect(await steal()).toBe(false);
    expect(lock.lease().isOver()).toBe(false);
  });

  test("is renewed no more after its release", async () => {
    const { pass, steal, lock } = await holdLock();
    await lock.release();
    expect(await steal()).toBe(true);
    await pass(60 * SECOND_MS);
    expect(await steal()).toBe(false);
  });

  test("is renewed by the work if the timer did not come", async () => {
    const { sleep, age, lock } = await holdLock();
    sleep(40 * SECOND_MS);
    await lock.keep();
    expect(age()).toBe(0);
  });

  test("gives a lease that ends a minute before anybody else can take the lock", async () => {
    const { sleep, steal, lock } = await holdLock();
    const lease = lock.lease();
    sleep(59 * SECOND_MS);
    expect(lease.isOver()).toBe(false);
    sleep(SECOND_MS);
    expect(lease.isOver()).toBe(true);
    sleep(60 * SECOND_MS);
    expect(await steal()).toBe(false);
  });
});

describe("removals of a collection", () => {
  test("are sent in a lease", async () => {
    const { store, lock } = await holdLock();
    const leases: (Lease | undefined)[] = [];
    await leasedStore({ ...store, remove: async (_, lease) => void leases.push(lease) }, lock).remove(["a"]);
    expect(leases.map((lease) => lease?.isOver())).toEqual([false]);
  });

  test("go on with a new lease if the process slept meanwhile, and nobody took the lock", async () => {
    const { store, lock, sleep } = await holdLock();
    const removed: string[] = [];
    const leased = leasedStore(
      {
        ...store,
        async remove(keys, lease) {
          if (removed.length === 0) sleep(300 * SECOND_MS);
          removed.push(lease?.isOver() ? "late" : keys.join());
          if (lease?.isOver()) throw new StoreError("too late");
        },
      },
      lock,
    );
    await leased.remove(["a"]);
    expect(removed).toEqual(["late", "a"]);
  });

  test("end if somebody took the lock meanwhile", async () => {
    const { store, lock, sleep, steal } = await holdLock();
    const sleepy = {
      ...store,
      async remove() {
        sleep(300 * SECOND_MS);
        await steal();
        throw new StoreError("too late");
      },
    };
    expect(await rejection(leasedStore(sleepy, lock).remove(["a"]))).toMatchObject({ name: "CollectionError" });
    const index = createMemoryIndex();
    index.pairs.set("a", "1");
    expect(await rejection(leasedIndex(index, lock).remove(["a"]))).toMatchObject({ name: "CollectionError" });
    expect(index.pairs.size).toBe(1);
  });

  test.each([
    ["an outage", 0, 1],
    ["leases that end too early again and again", 300 * SECOND_MS, 3],
  ])("fail after %s", async (_, sleepMs, attempts) => {
    const { store, lock, sleep } = await holdLock();
    let calls = 0;
    const failing = {
      ...store,
      async remove() {
        calls += 1;
        sleep(sleepMs);
        throw new StoreError("down");
      },
    };
    expect(await rejection(leasedStore(failing, lock).remove(["a"]))).toMatchObject({ message: "down" });
    expect(calls).toBe(attempts);
  });
});
