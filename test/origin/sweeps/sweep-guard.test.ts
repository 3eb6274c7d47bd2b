import { describe, expect, test } from "vitest";
import { sha256Digest } from "../../../protocol/digest.ts";
import { blobKey, manifestKey } from "../../../protocol/storage-keys.ts";
import { condemnedKey, SWEEP_STATE_KEY } from "../../../protocol/sweep-state.ts";
import { putText } from "../../../origin/stores/object-store.ts";
import { createSweepGuard, NO_SWEEPS } from "../../../origin/sweeps/sweep-guard.ts";
import { releaseLock, renewLock } from "../../../origin/sweeps/sweep-lock.ts";
import { rejection } from "../fixtures.ts";
import { COLLECTOR, openBucket } from "./swept-bucket.ts";

const BLOB = sha256Digest("a".repeat(64));
const MANIFEST = sha256Digest("b".repeat(64));
const NAMED = [{ digest: MANIFEST }, { digest: BLOB, key: blobKey(BLOB) }];
const NEVER = new AbortController().signal;
const MINUTE_MS = 60_000;

async function openWithBlob() {
  const bucket = openBucket();
  await putText(bucket.store, blobKey(BLOB), "layer", "text/plain");
  return bucket;
}

describe("objects are admitted", () => {
  test("at once if there was never a collection", async () => {
    const bucket = openBucket();
    const sweep = await bucket.guard().begin();
    await sweep.admit(NAMED, NEVER);
    expect([await sweep.isQuiet(), [...bucket.store.objects.keys()]]).toEqual([true, []]);
  });

  test("without a look at the store if the state was read within ten seconds, and is read again after that", async () => {
    const bucket = openBucket();
    const sweep = await bucket.guard().begin();
    await bucket.condemn([MANIFEST]);
    await bucket.setState({ generation: 1, phase: "condemned" });
    bucket.clock.now += 10_000;
    await sweep.admit([{ digest: MANIFEST }], NEVER);
    expect((await bucket.state())?.pardoned).toEqual([]);
    bucket.clock.now += 1;
    await sweep.admit([{ digest: MANIFEST }], NEVER);
    expect((await bucket.state())?.pardoned).toEqual([MANIFEST]);
  });

  test("with a pardon for those that are condemned", async () => {
    const bucket = await openWithBlob();
    await bucket.condemn([MANIFEST, BLOB]);
    const other = sha256Digest("c".repeat(64));
    await bucket.setState({ generation: 1, phase: "condemned", pardoned: [other] });
    await (await bucket.guard().begin()).admit(NAMED, NEVER);
    expect(await bucket.state()).toMatchObject({
      phase: "condemned",
      generation: 1,
      pardoned: [other, MANIFEST, BLOB],
    });
  });

  test("although another process pardons at the same time", async () => {
    const bucket = await openWithBlob();
    await bucket.condemn([MANIFEST, BLOB]);
    await bucket.setState({ generation: 1, phase: "condemned" });
    const [one, two] = await Promise.all([bucket.guard().begin(), bucket.guard().begin()]);
    await Promise.all([one.admit([{ digest: MANIFEST }], NEVER), two.admit([{ digest: BLOB }], NEVER)]);
    expect((await bucket.state())?.pardoned.toSorted()).toEqual([BLOB, MANIFEST].toSorted());
  });

  test("while others are removed, if they are not among these", async () => {
    const bucket = await openWithBlob();
    await bucket.condemn([sha256Digest("c".repeat(64))]);
    await bucket.setState({ generation: 2, phase: "sweeping" });
    await bucket.lock();
    await (await bucket.guard().begin()).admit(NAMED, NEVER);
  });

  test("after a look for each, if a collection went on meanwhile", async () => {
    const bucket = await openWithBlob();
    const sweep = await bucket.guard().begin();
    await bucket.setState({ generation: 3 });
    bucket.clock.now += MINUTE_MS;
    expect(await sweep.isQuiet()).toBe(false);
    await sweep.admit(NAMED, NEVER);
    await bucket.store.remove([blobKey(BLOB)]);
    await sweep.admit(NAMED, NEVER);
    await bucket.setState({ generation: 4 });
    bucket.clock.now += MINUTE_MS;
    expect(
      await rejection(sweep.admit([...NAMED, { digest: MANIFEST, key: manifestKey(MANIFEST) }], NEVER)),
    ).toMatchObject({
      name: "SweptAway",
      message: `a garbage collection has removed 2 objects meanwhile, such as ${blobKey(BLOB)}`,
    });
  });
});

describe("while condemned objects are removed, work waits", () => {
  async function openSweeping({ isAlive }: { readonly isAlive: boolean }) {
    const bucket = openBucket({ onPause: async (store) => isAlive && renewLock({ store, holder: COLLECTOR }) });
    await putText(bucket.store, blobKey(BLOB), "layer", "text/plain");
    await bucket.condemn([BLOB]);
    await bucket.setState({ generation: 2, phase: "sweeping" });
    await bucket.lock();
    return bucket;
  }

  test("until the collection ends. Then it looks for the objects", async () => {
    const bucket = await openSweeping({ isAlive: true });
    const sweep = await bucket.guard().begin();
    const admitted = rejection(sweep.admit(NAMED, NEVER));
    await bucket.store.remove([blobKey(BLOB)]);
    await bucket.setState({ generation: 3 });
    expect(await admitted).toMatchObject({ name: "SweptAway" });
  });

  test("for two and a half minutes, and then fails with a sentence", async () => {
    const bucket = await openSweeping({ isAlive: true });
    const begun = bucket.clock.now;
    const error = await rejection((await bucket.guard().begin()).admit(NAMED, NEVER));
    expect(error).toMatchObject({
      name: "SweepOutage",
      message: "the registry is removing old images now; pull again in a minute",
    });
    expect(bucket.clock.now - begun).toBeLessThan(3 * MINUTE_MS);
    expect(await bucket.state()).toMatchObject({ generation: 2, phase: "sweeping" });
  });

  test("no longer than its signal lets it", async () => {
    const bucket = await openSweeping({ isAlive: true });
    const stop = AbortSignal.abort(new Error("stopping"));
    expect(await rejection((await bucket.guard().begin()).admit(NAMED, stop))).toMatchObject({ message: "stopping" });
  });

  test("until its collector has been silent for two minutes, by the clock of the store. Then it ends the sweep", async () => {
    const bucket = await openSweeping({ isAlive: false });
    const begun = bucket.clock.now;
    await (await bucket.guard().begin()).admit(NAMED, NEVER);
    expect(bucket.clock.now - begun).toBeGreaterThan(2 * MINUTE_MS);
    expect(bucket.clock.now - begun).toBeLessThan(2.1 * MINUTE_MS);
    expect(await bucket.state()).toMatchObject({ generation: 3, phase: "idle", pardoned: [] });
  });

  test("and the collector finds then that it has lost the lock, also if it only slept", async () => {
    const bucket = await openSweeping({ isAlive: false });
    await (await bucket.guard().begin()).admit(NAMED, NEVER);
    expect(await renewLock({ store: bucket.store, holder: COLLECTOR })).toBe(false);
  });

  test("and ends the sweep if the collector has left its lock", async () => {
    const bucket = await openSweeping({ isAlive: false });
    await releaseLock({ store: bucket.store, holder: COLLECTOR });
    const begun = bucket.clock.now;
    await (await bucket.guard().begin()).admit(NAMED, NEVER);
    expect(await bucket.state()).toMatchObject({ generation: 3, phase: "idle" });
    expect(bucket.clock.now - begun).toBeLessThan(MINUTE_MS);
  });
});

describe("nothing is admitted", () => {
  test.each([
    ["of another version", '{"version":2}'],
    ["that is damaged", "{"],
  ])("with a state %s", async (_, text) => {
    const bucket = openBucket();
    await putText(bucket.store, SWEEP_STATE_KEY, text, "application/json");
    expect(await rejection(bucket.guard().begin())).toMatchObject({ name: "SweepOutage" });
  });

  test("if the list of the condemned is missing", async () => {
    const bucket = openBucket();
    await bucket.condemn([BLOB]);
    await bucket.store.remove([condemnedKey("run-1")]);
    await bucket.setState({ generation: 1, phase: "condemned" });
    expect(await rejection(bucket.guard().begin())).toMatchObject({ name: "SweepOutage" });
  });
});

describe("what a process remembers of the bucket", () => {
  test("goes with each generation, and not before", async () => {
    const bucket = openBucket();
    const guard = bucket.guard();
    let forgotten = 0;
    guard.whenSwept(() => (forgotten += 1));
    for (const generation of [0, 0, 1, 1, 2]) {
      await bucket.setState({ generation });
      bucket.clock.now += MINUTE_MS;
      expect(await guard.generation()).toBe(generation);
    }
    expect(forgotten).toBe(2);
  });

  test("counts as condemned if it is, and has no pardon", async () => {
    const bucket = openBucket();
    const guard = bucket.guard();
    expect(guard.isCondemned(BLOB)).toBe(false);
    await bucket.condemn([BLOB, MANIFEST]);
    await bucket.setState({ generation: 1, phase: "condemned", pardoned: [MANIFEST] });
    await guard.generation();
    expect([guard.isCondemned(BLOB), guard.isCondemned(MANIFEST)]).toEqual([true, false]);
  });
});

test("works that begin together share a read, and a failure is not remembered", async () => {
  const bucket = openBucket();
  let reads = 0;
  const store = {
    ...bucket.store,
    async readVersion(key: string, maxBytes: number) {
      reads += 1;
      if (reads === 1) throw new Error("down");
      return bucket.store.readVersion(key, maxBytes);
    },
  };
  const guard = createSweepGuard({ store });
  expect(await rejection(guard.begin())).toMatchObject({ message: "down" });
  await Promise.all([guard.begin(), guard.begin()]);
  expect(reads).toBe(2);
});

test("a store from which nobody removes anything admits all", async () => {
  const sweep = await NO_SWEEPS.begin();
  await sweep.admit(NAMED, NEVER);
  expect([await sweep.isQuiet(), await NO_SWEEPS.generation(), NO_SWEEPS.isCondemned(BLOB)]).toEqual([true, 0, false]);
});
