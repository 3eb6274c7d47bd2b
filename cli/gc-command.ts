import { collect } from "../origin/garbage/collect.ts";
import type { CollectionListener } from "../origin/garbage/collecting.ts";
import { SYSTEM_CLOCK } from "../origin/garbage/machine-clock.ts";
import { planCollection } from "../origin/garbage/plan.ts";
import { parseCollectionTimes } from "../origin/garbage/settings.ts";
import type { CollectionCounts } from "../origin/garbage/tally.ts";
import { createOperationCounter } from "../origin/stores/count-operations.ts";
import { createKvIndex } from "../origin/stores/kv-index.ts";
import { createPace } from "../origin/stores/kv-pace.ts";
import { StoreError } from "../origin/stores/object-store.ts";
import { createR2Store } from "../origin/stores/r2-store.ts";
import { parseKv, parseR2 } from "../origin/stores/settings.ts";
import type { StoreOperations } from "../origin/stores/store-prices.ts";
import { Settings } from "../origin/system/settings.ts";
import type { CommandContext } from "./build-command.ts";
import type { GcCall } from "./gc-arguments.ts";
import { kvHold } from "./kv-hold.ts";
import type { Progress } from "./progress.ts";
import { storeFailure } from "./store-failure.ts";

/** The result of `cornice gc`. */
export interface GcResult extends CollectionCounts {
  readonly dryRun: boolean;
  /** What Cloudflare charges for. */
  readonly operations: StoreOperations;
}

/** `cornice gc`: removes from the registry's stores what nobody needs any more. */
export async function runGc({ dryRun, times: ofCall }: GcCall, context: CommandContext): Promise<GcResult> {
  const { env, progress, signal } = context;
  const settings = new Settings(env);
  const [r2, kv, times] = [parseR2(settings), parseKv(settings), parseCollectionTimes(settings, ofCall)];
  settings.throwIfAny();
  const counter = createOperationCounter();
  const index = createKvIndex(kv, createPace({ clock: SYSTEM_CLOCK, signal, onHold: kvHold(progress) }));
  const stores = { store: counter.countStore(createR2Store(r2)), index: counter.countIndex(index) };
  const collecting = { ...stores, times, clock: SYSTEM_CLOCK, signal, listener: listenerOf(progress) };
  const counts = await (dryRun ? planCollection(collecting) : collect(collecting)).catch(explainOutage);
  return { dryRun, ...counts, operations: counter.operations() };
}

function explainOutage(error: unknown): never {
  if (!(error instanceof StoreError)) throw error;
  throw storeFailure(error, "run the command again: it goes on where it was");
}

function listenerOf(progress: Progress): CollectionListener {
  return {
    onPhase: (phase) => progress.phase(phase),
    onStep: (step) => progress.step(step),
    onNote: (line) => progress.note(line),
  };
}
