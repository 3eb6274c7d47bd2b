import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import { SweepOutage, SweptAway } from "../../../origin/sweeps/sweep-errors.ts";
import { brokenNames, reachableBrokenNames } from "./broken-names.ts";
import { Bucket, DAY, HOUR, MINUTE } from "./bucket.ts";
import { openEdge, openOrigin, type Place } from "./busy-registry.ts";
import { ProcessInTurns } from "./process-in-turns.ts";
import { indexInTurns, randomNumbers, storeInTurns, Turns } from "./turns.ts";

// The threads of the machine must not decide on the order. So what usually runs in threads runs at once.
vi.spyOn(crypto.subtle, "digest").mockImplementation(async (_, data) => {
  const bytes = ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : data;
  return Uint8Array.from(createHash("sha256").update(new Uint8Array(bytes)).digest()).buffer;
});
vi.mock(import("../../../image/compression/gzip.ts"), () => ({
  gzip: async (bytes) => Uint8Array.from(gzipSync(bytes, { level: 1 })),
  gunzip: async (bytes, maxBytes) => Uint8Array.from(gunzipSync(bytes, { maxOutputLength: maxBytes })),
}));

const INTERLEAVINGS = 1000;
const UNGUARDED = 30;
/** Collections that are killed or stopped. */
const FAULTY = 100;
/** About as long as the last phase takes here. */
const SWEEP_MS = 40_000;
/** They take half a minute on an idle machine. */
const TIME_LIMIT_MS = 600_000;
const TIMES = { keepMs: DAY, keepBuiltMs: DAY, graceMs: HOUR };
const WORKS = 7;
const QUIET = { onPhase: () => {}, onStep: () => {}, onNote: () => {} };
const IMAGES: Readonly<Record<string, readonly string[]>> = {
  git: ["layer 1", "layer 2"],
  htop: ["layer 2", "layer 3"],
  jq: ["layer 3", "layer 4"],
  nano: ["layer 1", "layer 4"],
};
const NAMES = Object.keys(IMAGES);

/** Two origins and an edge on the same stores. All images were built two days ago, and the origins remember them. */
async function setUp(seed: number, isGuarded: boolean) {
  const bucket = new Bucket();
  const turns = new Turns(randomNumbers(seed), bucket.clock);
  const store = storeInTurns(turns, bucket.store);
  const index = indexInTurns(turns, bucket.index);
  const place: Place = { turns, store, index, isGuarded };
  const origins = [openOrigin(place), openOrigin(place)] as const;
  const edge = openEdge(place);
  for (const origin of origins) {
    await origin.list("all", { git: IMAGES["git"] ?? [], htop: IMAGES["htop"] ?? [] });
    await origin.build("jq", IMAGES["jq"] ?? []);
    await origin.bundle("git");
    await origin.bundle("htop");
  }
  await edge.assemble("git");
  await edge.unpack("git");
  bucket.pass(2 * DAY);
  return { bucket, turns, store, index, origins, edge };
}

type Registry = Awaited<ReturnType<typeof setUp>>;

function someWork({ turns: { random }, origins, edge }: Registry): () => Promise<unknown> {
  const one = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)];
  const name = one(NAMES) ?? "git";
  const layers = IMAGES[name] ?? [];
  const origin = one(origins) ?? origins[0];
  const workMs = random() < 1 / 2 ? 0 : Math.floor(2 * HOUR * random());
  return (
    one([
      () => origin.build(name, layers, workMs),
      () => origin.build(name, layers, workMs),
      () => origin.list("all", { git: IMAGES["git"] ?? [], htop: IMAGES["htop"] ?? [] }, workMs),
      () => origin.bundle(name),
      () => edge.assemble(name),
      () => edge.unpack(name),
    ]) ?? (() => edge.unpack(name))
  );
}

/** At any time, or at about the time when objects are removed. */
function someTime(random: () => number): number {
  return Math.floor(random() < 1 / 2 ? 2 * HOUR * random() : HOUR - 2 * MINUTE + 8 * MINUTE * random());
}

/** Works that begin at some time. A collection may keep them from their end. */
function someWorks(registry: Registry): readonly (() => Promise<void>)[] {
  const { turns } = registry;
  return Array.from({ length: WORKS }, () => {
    const work = someWork(registry);
    const begins = someTime(turns.random);
    return async () => {
      await turns.sleep(begins);
      await work().catch((error: unknown) => {
        if (!(error instanceof SweepOutage) && !(error instanceof SweptAway)) throw error;
      });
    };
  });
}

/** A collection in a process of its own. */
function collection({ bucket, turns, ...stores }: Registry, onSweep = () => {}) {
  const process = new ProcessInTurns(turns);
  const listener = { ...QUIET, onPhase: (phase: string) => void (phase === "sweep" && onSweep()) };
  return { process, run: () => bucket.collect({ ...process.parts(stores), times: TIMES, listener }) };
}

/** Runs a collection beside works. Returns what is broken afterwards, and how much was removed. */
async function interleave(seed: number, isGuarded: boolean) {
  const registry = await setUp(seed, isGuarded);
  const { bucket, turns } = registry;
  let removed = 0;
  const collect = async () => {
    const counts = await collection(registry).run();
    removed = Object.values(counts.removed).reduce((sum, { objects }) => sum + objects, 0);
  };
  await turns.run([collect, ...someWorks(registry)]);
  return { broken: await brokenNames(bucket.store, bucket.index), removed };
}

interface Fault {
  readonly fault: string;
  readonly fail: (process: ProcessInTurns, random: () => number) => void;
  /** Whether another collection is started then. */
  readonly isFollowed: boolean;
}

/** The first collection fails at some moment of its last phase. Then all images are pulled. */
async function interleaveFault(seed: number, { fail, isFollowed }: Fault) {
  const registry = await setUp(seed, true);
  const { bucket, turns, origins } = registry;
  const sweeps = Promise.withResolvers<void>();
  const first = collection(registry, sweeps.resolve);
  const [waits, refusals]: [number[], unknown[]] = [[], []];
  const pull = async (name: string) => {
    const began = turns.clock.time;
    const build = () => origins[1].build(name, IMAGES[name] ?? []);
    await build().catch((error: unknown) => {
      refusals.push(error);
      return build();
    });
    waits.push(turns.clock.time - began);
  };
  const failAndPull = async () => {
    await sweeps.promise;
    await turns.sleep(Math.floor(SWEEP_MS * turns.random()));
    fail(first.process, turns.random);
    await Promise.all([...NAMES.map(pull), ...(isFollowed ? [collection(registry).run()] : [])]);
  };
  const collect = () => first.run().catch((error: unknown) => expect(error).toBeInstanceOf(Error));
  await turns.run([collect, failAndPull, ...someWorks(registry)]);
  return { broken: await reachableBrokenNames(bucket.store, bucket.index), waits, refusals };
}

test(
  "no name is broken after a collection beside builds, pulls, the edge and bundles, in 1000 orders",
  async () => {
    let removed = 0;
    for (let seed = 1; seed <= INTERLEAVINGS; seed++) {
      const run = await interleave(seed, true);
      expect(run.broken, `seed ${seed}`).toEqual([]);
      removed += run.removed;
    }
    expect(removed).toBeGreaterThan(INTERLEAVINGS);
  },
  TIME_LIMIT_MS,
);

test("without a look at the collection, names would be broken", async () => {
  let count = 0;
  for (let seed = 1; seed <= UNGUARDED; seed++) count += (await interleave(seed, false)).broken.length > 0 ? 1 : 0;
  expect(count).toBeGreaterThan(0);
});

const kill = (process: ProcessInTurns) => process.kill();
const stop = (process: ProcessInTurns, random: () => number) => process.stop(Math.floor(10 * MINUTE * random()));
const FAULTS: readonly Fault[] = [
  { fault: "is killed", fail: kill, isFollowed: false },
  { fault: "is stopped for up to ten minutes", fail: stop, isFollowed: false },
  { fault: "is stopped, and another one begins", fail: stop, isFollowed: true },
];

test.each(FAULTS.map((each) => [each.fault, each] as const))(
  "if a collection %s while it removes objects, all images can be pulled, and no name is broken",
  async (_, fault) => {
    let [slowest, refused] = [0, 0];
    for (let seed = 1; seed <= FAULTY; seed++) {
      const { broken, waits, refusals } = await interleaveFault(seed, fault);
      expect(broken, `seed ${seed}`).toEqual([]);
      expect(waits).toHaveLength(NAMES.length);
      slowest = Math.max(slowest, ...waits);
      refused += refusals.length;
    }
    // Without pulls that waited, nothing would have been tried.
    expect(slowest).toBeGreaterThan(MINUTE);
    // One that was stopped may go on. Then a pull may have to wait for longer than it does.
    if (fault.fail === kill) expect(refused).toBe(0);
  },
  TIME_LIMIT_MS,
);
