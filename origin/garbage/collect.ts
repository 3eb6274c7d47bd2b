import { randomUUID } from "node:crypto";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import { condemnedKey, type SweepState } from "../../protocol/sweep-state.ts";
import { StoreError } from "../stores/object-store.ts";
import { acquireLock } from "./collection-lock.ts";
import type { Collecting, Run } from "./collecting.ts";
import { condemn, type Condemned, putCondemned, readCondemned } from "./condemned.ts";
import { dropTags, keepTagOfKv } from "./drop-tags.ts";
import type { Judgement } from "./garbage-of.ts";
import { leasedIndex, leasedStore } from "./leased-stores.ts";
import { removeLeftovers } from "./leftovers.ts";
import { mark, type MarkOptions } from "./mark.ts";
import { markImages } from "./mark-facts.ts";
import { markManifests } from "./mark-manifests.ts";
import type { Dated, Marking } from "./marking.ts";
import { storeTime } from "./store-time.ts";
import { changePhase, readState, takeSweepOver } from "./stored-state.ts";
import { sweep } from "./sweep.ts";
import { type CollectionCounts, Tally } from "./tally.ts";
import { waitForGrace } from "./wait-for-grace.ts";

/**
 * Removes what nobody needs any more, and goes on where a run before has stopped. Waits while another collection runs, and
 * for the grace. Throws `CollectionError`, `StoreError` and the signal's reason. After that, another run goes on.
 */
export async function collect(collecting: Collecting): Promise<CollectionCounts> {
  const { store, index, signal, listener } = collecting;
  listener.onPhase("wait");
  const lock = await acquireLock({ ...collecting, onWait: (line) => listener.onNote(line) });
  const alive = async () => {
    signal.throwIfAborted();
    await lock.keep();
  };
  const leased = { store: leasedStore(store, lock), index: leasedIndex(index, lock) };
  const run: Run = { ...collecting, ...leased, alive, tally: new Tally() };
  try {
    const { state } = await readState(store);
    if (state.phase !== "idle") listener.onNote("going on with a garbage collection that was stopped");
    await goOn(run, state);
    return run.tally.counts;
  } finally {
    await lock.release().catch(ignoreOutage);
  }
}

/** The lock gets old then. The cause of the failure has been told already. */
function ignoreOutage(error: unknown): void {
  if (!(error instanceof StoreError)) throw error;
}

/** Goes on behind the phase that the store has. `earlier`: the first marks, if this run has made them itself. */
async function goOn(run: Run, state: SweepState, earlier?: Marking): Promise<void> {
  if (state.phase === "idle") return begin(run);
  const condemned = await readCondemned(run.store, state.run);
  if (!condemned) {
    // Somebody has removed the list. Nothing is lost: the run begins again.
    await changePhase(run.store, state, { phase: "idle", run: "" });
    return begin(run);
  }
  if (state.phase === "condemned") return sweepAfterGrace(run, { id: state.run, condemned, earlier });
  const ours = await takeSweepOver(run.store, state);
  return sweepAndEnd(run, {
    state: ours,
    condemned,
    marking: await markSecond(run, { condemned, pardoned: ours.pardoned }),
  });
}

/** The first half: drops old tags, and condemns what has no name. */
async function begin(run: Run): Promise<void> {
  const { store, times, listener } = run;
  await removeLeftovers(store);
  listener.onPhase("mark");
  const now = await storeTime(store);
  const before = now - times.graceMs;
  const mayRemove = ({ modifiedAt }: Dated) => modifiedAt < before;
  const marking = await mark({ ...markOptions(run, now, mayRemove), dropTags: (tags) => dropTags(run, tags) });
  const { marks, reads } = marking;
  const judgement = { ...run, reads, marks, now, before, mayRemove };
  const filter = await condemn(judgement);
  // Records that lead to nothing need no grace.
  if (!filter) return sweepAll(run, marking, judgement);
  const id = randomUUID();
  await putCondemned(store, id, filter);
  const state = await changePhase(store, { phase: "idle", run: "" }, { phase: "condemned", run: id });
  return goOn(run, state, marking);
}

interface SecondHalf {
  readonly id: string;
  readonly condemned: Condemned;
  readonly earlier: Marking | undefined;
}

/** The second half: looks for names once more, and removes what still has none. */
async function sweepAfterGrace(run: Run, { id, condemned, earlier }: SecondHalf): Promise<void> {
  run.listener.onPhase("wait");
  await waitForGrace(run, condemned.at);
  const { pardoned } = (await readState(run.store)).state;
  const marking = await markSecond(run, { condemned, pardoned, earlier });
  const state = await changePhase(run.store, { phase: "condemned", run: id }, { phase: "sweeping", run: id });
  await sweepAndEnd(run, { state, condemned, marking });
}

interface SecondMarks {
  readonly condemned: Condemned;
  readonly pardoned: readonly Digest[];
  readonly earlier?: Marking | undefined;
}

async function markSecond(run: Run, { condemned, pardoned, earlier }: SecondMarks): Promise<Marking> {
  run.listener.onPhase("mark");
  const now = await storeTime(run.store);
  return mark({ ...markOptions(run, now, removable(run, condemned, pardoned)), earlier });
}

interface Sweep {
  readonly state: SweepState;
  readonly condemned: Condemned;
  readonly marking: Marking;
}

async function sweepAndEnd(run: Run, { state, condemned, marking }: Sweep): Promise<void> {
  const { store, times } = run;
  // The last pardons may have come while the marks were made. What they name stays, too.
  await markManifests(marking, state.pardoned);
  marking.problems.throwIfAny();
  const mayRemove = removable(run, condemned, state.pardoned);
  const { marks, reads, now } = marking;
  await sweepAll(run, marking, { store, reads, times, marks, now, before: condemned.at - times.graceMs, mayRemove });
  await changePhase(store, state, { phase: "idle", run: "" });
  await store.remove([condemnedKey(state.run)]);
}

async function sweepAll(run: Run, marking: Marking, judgement: Judgement): Promise<void> {
  run.listener.onPhase("sweep");
  await markImages(marking);
  const onKind = (done: number, total: number) => run.listener.onStep({ done, total, unit: "kinds" });
  await sweep({ ...run, ...judgement, onKind });
}

/** What the second half may remove: what was condemned, was old then, and has no pardon. */
function removable({ times }: Run, { filter, at }: Condemned, pardoned: readonly Digest[]) {
  const isPardoned = new Set(pardoned);
  return ({ digest, modifiedAt }: Dated) =>
    filter.has(digestHex(digest)) && modifiedAt < at - times.graceMs && !isPardoned.has(digest);
}

function markOptions(run: Run, now: number, mayRemove: MarkOptions["mayRemove"]): MarkOptions {
  return { ...run, now, mayRemove, dropTags: undefined, onTagOfKv: (key, record) => keepTagOfKv(run, key, record) };
}
