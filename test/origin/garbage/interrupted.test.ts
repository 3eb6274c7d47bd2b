import { describe, expect, it } from "vitest";
import { StoreError } from "../../../origin/stores/object-store.ts";
import { MEDIA_TYPES } from "../../../protocol/media-types.ts";
import { parseJsonObject } from "../../../protocol/json-object.ts";
import * as keys from "../../../protocol/storage-keys.ts";
import {
  condemnedKey,
  parseSweepState,
  SWEEP_LOCK_KEY,
  SWEEP_STATE_KEY,
  sweepStateJson,
} from "../../../protocol/sweep-state.ts";
import { releaseLock, takeLock } from "../../../origin/sweeps/sweep-lock.ts";
import { createDigestFilter } from "../../../protocol/digest-filter.ts";
import { digestHex } from "../../../protocol/digest.ts";
import { Bucket, DAY, HOUR, MINUTE } from "./bucket.ts";
import { type Faults, withFaults } from "./memory-stores.ts";

function stateOf(bucket: Bucket) {
  return parseSweepState(parseJsonObject(bucket.text(SWEEP_STATE_KEY)));
}

/** Keeps one tag, and has something of each kind to remove. */
async function usualBucket(): Promise<Bucket> {
  const bucket = new Bucket();
  const old = await bucket.image("old", { layers: ["shared", "own"], paths: ["old"] });
  await bucket.tag("old", old);
  await bucket.attach(old.oci);
  await bucket.bundle("htop", "libc");
  bucket.pass(31 * DAY);
  const kept = await bucket.image("new", { layers: ["shared", "new"], paths: ["new"] });
  await bucket.tag("new", kept);
  await bucket.attach(kept.oci);
  bucket.pass(2 * HOUR);
  return bucket;
}

/** Every name that is left leads to something. Every image that is left has its contents. */
function expectWhole({ store, index }: Bucket): void {
  for (const [key, { bytes }] of store.objects)
    if (key.startsWith("manifests/") && isImage(Buffer.from(bytes).toString()))
      expect([...store.objects.keys()]).toContain(key.replace("manifests/", "contents/"));
  const texts = [...store.objects].flatMap(([key, { bytes }]) =>
    /^(?:manifests|tags|attached|images)\//.test(key) ? [Buffer.from(bytes).toString()] : [],
  );
  const named = [...texts, ...index.pairs.values()].flatMap((text) => text.match(/(?<=sha256:)[0-9a-f]{64}/g) ?? []);
  for (const hex of named)
    expect([`manifests/sha256/${hex}`, `blobs/sha256/${hex}`].some((key) => store.objects.has(key))).toBe(true);
}

/** Whether a manifest in OCI's format is that of an image, and not of a document. */
function isImage(manifest: string): boolean {
  return manifest.startsWith(`{"mediaType":"${MEDIA_TYPES.oci.manifest}"`) && !manifest.includes("text/spdx");
}

describe("a collection that is killed at any call to the stores", () => {
  it.each([false, true])("leaves whole stores, and the next one ends it (with an effect: %s)", async (afterEffect) => {
    const times = { keepMs: 30 * DAY, keepBuiltMs: 30 * DAY, graceMs: MINUTE };
    const whole = await usualBucket();
    await whole.collect({ times });
    const count: Faults = { calls: 0, failAt: Infinity, afterEffect };
    const counted = await usualBucket();
    await counted.collect({ times, ...withFaults(counted, count) });
    expect(count.calls).toBeGreaterThan(100);
    for (let failAt = 1; failAt <= count.calls; failAt += 1) {
      const bucket = await usualBucket();
      const outage = bucket.collect({ times, ...withFaults(bucket, { calls: 0, failAt, afterEffect }) });
      await outage.catch((error: unknown) => expect(error).toBeInstanceOf(StoreError));
      expectWhole(bucket);
      await bucket.collect({ times });
      expect(bucket.keys).toEqual(whole.keys);
      expect(stateOf(bucket)).toMatchObject({ phase: "idle", pardoned: [] });
    }
  });
});

describe("two collections", () => {
  it("do not run at once: the second one waits until the lock is released", async () => {
    const bucket = await usualBucket();
    const lines: string[] = [];
    await takeLock({ store: bucket.store, holder: "another one" }, async () => bucket.clock.time);
    const collecting = bucket.collecting();
    const began = bucket.clock.time;
    let slept = 0;
    const second = bucket.collect({
      listener: { ...collecting.listener, onNote: (line) => lines.push(line) },
      clock: {
        ...collecting.clock,
        sleep: async (ms, signal) => {
          slept += 1;
          if (slept === 3) await releaseLock({ store: bucket.store, holder: "another one" });
          await collecting.clock.sleep(ms, signal);
        },
      },
    });
    await second;
    expect(lines[0]).toMatch(/^another garbage collection runs/);
    expect(bucket.clock.time - began).toBeLessThan(2 * MINUTE + HOUR);
    expect(bucket.text(SWEEP_LOCK_KEY)).toContain('"released":true');
  });

  it.each(["of a dead one", '{"version":2}', '{"version":1,"holder":"a dead one","renewals":1,"released":false}'])(
    "one that was killed counts as dead after two minutes of the store's clock (its lock: %s)",
    async (lock) => {
      const bucket = await usualBucket();
      await bucket.put(SWEEP_LOCK_KEY, lock);
      const before = bucket.clock.time;
      await bucket.collect();
      const waited = bucket.clock.time - before - HOUR;
      expect([waited > 2 * MINUTE, waited < 3 * MINUTE]).toEqual([true, true]);
    },
  );

  it("one that stood still stops if another one has the lock, and leaves that lock alone", async () => {
    const bucket = await usualBucket();
    const collecting = bucket.collecting();
    const stopped = bucket.collect({
      clock: {
        ...collecting.clock,
        sleep: async (_, signal) => {
          await collecting.clock.sleep(3 * MINUTE, signal);
          await bucket.put(SWEEP_LOCK_KEY, "of another one");
        },
      },
    });
    await expect(stopped).rejects.toThrow(/^this command stood still, so another one, or a build, has taken over/);
    expect(bucket.text(SWEEP_LOCK_KEY)).toBe("of another one");
    expect(stateOf(bucket)?.phase).toBe("condemned");
  });

  it("one that slept with its machine goes on if nobody has taken the lock", async () => {
    const bucket = await usualBucket();
    const { clock } = bucket.collecting();
    await bucket.collect({
      clock: {
        ...clock,
        // It stood still.
        steady: () => 0,
        wall: () => bucket.clock.time,
        sleep: (_, signal) => clock.sleep(11 * MINUTE, signal),
      },
    });
    expect(stateOf(bucket)).toMatchObject({ generation: 3, phase: "idle" });
  });
});

it("releases the lock after Ctrl-C, and the next run goes on", async () => {
  const bucket = await usualBucket();
  const stop = new AbortController();
  const collecting = bucket.collecting();
  const stopped = bucket.collect({
    signal: stop.signal,
    clock: {
      ...collecting.clock,
      sleep: async (_, signal) => (stop.abort(new Error("stopped")), signal.throwIfAborted()),
    },
  });
  await expect(stopped).rejects.toThrow("stopped");
  const condemnedAt = bucket.clock.time;
  await bucket.collect();
  expect(bucket.clock.time - condemnedAt).toBe(HOUR + 1000);
  expect(bucket.keys.filter((key) => key.startsWith("gc/"))).toEqual([SWEEP_STATE_KEY]);
});

it("does not care for the clock of this machine, which may jump", async () => {
  const bucket = await usualBucket();
  const clock = bucket.collecting().clock;
  let jumps = 0;
  const wall = () => (++jumps % 2 === 0 ? 0 : 100 * 365 * DAY);
  await bucket.collect({ clock: { ...clock, wall } });
  expectWhole(bucket);
  expect(bucket.keys.filter((key) => key.startsWith("tags/"))).toHaveLength(1);
});

it("ends with an outage of KV, and the next run goes on", async () => {
  const bucket = await usualBucket();
  const index = { ...bucket.index, remove: () => Promise.reject(new StoreError("KV does not answer")) };
  await expect(bucket.collect({ index })).rejects.toThrow("KV does not answer");
  expect(bucket.keys.filter((key) => key.startsWith("tags/"))).toHaveLength(2);
  await bucket.collect();
  expect(bucket.keys.filter((key) => key.startsWith("tags/"))).toHaveLength(1);
});

describe("a pardon", () => {
  it("keeps a manifest and all that it names, also if it comes while the collection marks again", async () => {
    const bucket = await usualBucket();
    const image = await bucket.image("pardoned", { layers: ["pardoned"], paths: [] });
    bucket.pass(2 * HOUR);
    const marksAgainAt = bucket.clock.time + HOUR;
    let pardoned = false;
    const pardonLate = async (key: string) => {
      const state = key === SWEEP_STATE_KEY ? stateOf(bucket) : undefined;
      // The first look at the state after the grace is the one before the marks.
      if (pardoned || state?.phase !== "condemned" || bucket.clock.time < marksAgainAt) return;
      pardoned = true;
      await bucket.put(SWEEP_STATE_KEY, sweepStateJson({ ...state, pardoned: [image.oci] }));
    };
    const store: Bucket["store"] = {
      ...bucket.store,
      async readVersion(key, maxBytes) {
        const version = await bucket.store.readVersion(key, maxBytes);
        await pardonLate(key);
        return version;
      },
    };
    await bucket.collect({ store });
    expect(pardoned).toBe(true);
    expect(bucket.keys).toEqual(expect.arrayContaining([keys.manifestKey(image.oci), keys.contentsKey(image.oci)]));
    expect(bucket.keys).not.toContain(keys.manifestKey(image.docker));
    expectWhole(bucket);
  });
});

describe("the phase sweeping with a dead lock", () => {
  it("goes on with what was condemned, and removes nothing else", async () => {
    const bucket = new Bucket();
    const [condemned, other] = [await bucket.blob("condemned"), await bucket.blob("other")];
    bucket.pass(2 * HOUR);
    const filter = createDigestFilter(1);
    filter.add(digestHex(condemned.digest));
    await bucket.put(condemnedKey("r1"), filter.bytes);
    await bucket.put(SWEEP_STATE_KEY, sweepStateJson({ generation: 5, phase: "sweeping", run: "r1", pardoned: [] }));
    await bucket.put(SWEEP_LOCK_KEY, "of a dead one");
    await bucket.collect();
    expect(bucket.keys).toEqual([keys.blobKey(other.digest), SWEEP_STATE_KEY].toSorted());
    // A writer that was about to end the sweep sees that it has a living collector again.
    expect(stateOf(bucket)).toMatchObject({ generation: 7, phase: "idle" });
  });

  it("begins again if the list of the condemned is missing", async () => {
    const bucket = await usualBucket();
    await bucket.put(SWEEP_STATE_KEY, sweepStateJson({ generation: 5, phase: "sweeping", run: "r1", pardoned: [] }));
    await bucket.collect();
    expectWhole(bucket);
    expect(stateOf(bucket)).toMatchObject({ generation: 9, phase: "idle" });
  });
});
