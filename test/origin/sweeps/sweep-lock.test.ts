import { expect, test } from "vitest";
import { SWEEP_LOCK_KEY } from "../../../protocol/sweep-state.ts";
import { putText, readBytes } from "../../../origin/stores/object-store.ts";
import { releaseLock, renewLock, takeLock } from "../../../origin/sweeps/sweep-lock.ts";
import { createMemoryStore } from "../stores/memory-store.ts";

const SECOND_MS = 1000;
const START = 1_000_000_000_000;
const MAX_BYTES = 4096;

function open() {
  const clock = { now: START };
  const store = createMemoryStore(() => clock.now);
  const take = (holder: string) => takeLock({ store, holder }, async () => clock.now);
  return { clock, store, take, lock: async () => String(await readBytes(store, SWEEP_LOCK_KEY, MAX_BYTES)) };
}

test("one of many gets the lock, and keeps it for more than two minutes after the last renewal", async () => {
  const { clock, store, take } = open();
  const taken = await Promise.all(["a", "b", "c"].map(take));
  expect(taken).toEqual([true, false, false]);
  clock.now += 100 * SECOND_MS;
  expect(await renewLock({ store, holder: "a" })).toBe(true);
  clock.now += 120 * SECOND_MS;
  expect(await take("b")).toBe(false);
  clock.now += SECOND_MS;
  expect(await take("b")).toBe(true);
  expect(await renewLock({ store, holder: "a" })).toBe(false);
});

test("a lock that was given away is free at once. Who gives away another's lock does nothing", async () => {
  const { store, take, lock } = open();
  await take("a");
  await releaseLock({ store, holder: "a" });
  expect(await renewLock({ store, holder: "a" })).toBe(false);
  expect(await take("b")).toBe(true);
  await releaseLock({ store, holder: "a" });
  expect(await lock()).toBe('{"version":1,"holder":"b","renewals":0,"released":false}');
});

test("a release that comes late does not touch the lock of the next holder", async () => {
  const { clock, store, take, lock } = open();
  await take("a");
  const late = {
    ...store,
    async replace(key: string, bytes: Uint8Array, etag: string | undefined) {
      clock.now += 200 * SECOND_MS;
      await take("b");
      return store.replace(key, bytes, etag);
    },
  };
  await releaseLock({ store: late, holder: "a" });
  expect(await lock()).toContain('"holder":"b"');
});

test("a put counts although its answer got lost", async () => {
  const { store } = open();
  const lossy = {
    ...store,
    replace: async (key: string, bytes: Uint8Array, etag: string | undefined) =>
      (await store.replace(key, bytes, etag)) && false,
  };
  expect(await takeLock({ store: lossy, holder: "a" }, async () => START)).toBe(true);
  expect(await renewLock({ store: lossy, holder: "a" })).toBe(true);
});

test.each(["{", '{"version":2,"released":true}', '{"version":1,"holder":1,"renewals":0,"released":true}'])(
  "a lock that is no lock of this version counts until it is old: %s",
  async (text) => {
    const { clock, store, take } = open();
    await putText(store, SWEEP_LOCK_KEY, text, "application/json");
    expect(await take("a")).toBe(false);
    clock.now += 121 * SECOND_MS;
    expect(await take("a")).toBe(true);
  },
);
