import { type CheckReport, checkStores } from "../origin/checking/check-stores.ts";
import type { Finding } from "../origin/checking/finding.ts";
import { acquireLock } from "../origin/garbage/collection-lock.ts";
import { leasedStore } from "../origin/garbage/leased-stores.ts";
import { SYSTEM_CLOCK } from "../origin/garbage/machine-clock.ts";
import { beginGeneration, changePhase, readState } from "../origin/garbage/stored-state.ts";
import { keptFolder } from "../origin/layers/kept-file.ts";
import { type Outcome, type RepairedFinding, repairStores } from "../origin/repair/repair-stores.ts";
import { programEnvironment } from "../origin/service/hidden-environment.ts";
import { createKvIndex } from "../origin/stores/kv-index.ts";
import { createPace } from "../origin/stores/kv-pace.ts";
import { StoreError } from "../origin/stores/object-store.ts";
import { createR2Store } from "../origin/stores/r2-store.ts";
import { parseKv, parseR2 } from "../origin/stores/settings.ts";
import { type Environment, Settings } from "../origin/system/settings.ts";
import { parseSpoolDirectory } from "../origin/system/spool.ts";
import { publishPublicKeys } from "../origin/trust/publish-public-keys.ts";
import { parseTrust } from "../origin/trust/settings.ts";
import { readSigningKeys } from "../origin/trust/signing-keys.ts";
import type { CommandContext } from "./build-command.ts";
import type { FsckCall } from "./fsck-arguments.ts";
import { checkProgress } from "./fsck-progress.ts";
import { withRebuilding } from "./fsck-rebuilding.ts";
import { kvHold } from "./kv-hold.ts";
import { storeFailure } from "./store-failure.ts";

/** The result of `cornice fsck`. */
export interface FsckResult extends Pick<CheckReport, "counts" | "bytesRead" | "hasMore"> {
  readonly findings: readonly (Finding & { readonly outcome?: Outcome })[];
  /** Whether there was a repair. */
  readonly repair: boolean;
  readonly seconds: number;
}

const MS_PER_SECOND = 1000;

/** `cornice fsck`: checks all that the registry has stored, and repairs it if the call says so. */
export async function runFsck(call: FsckCall, context: CommandContext): Promise<FsckResult> {
  const { progress, signal } = context;
  const { r2, kv, ...settings } = parseSettings(context.env);
  const pace = createPace({ clock: SYSTEM_CLOCK, signal, onHold: kvHold(progress) });
  const stores = { store: createR2Store(r2), index: createKvIndex(kv, pace) };
  try {
    progress.phase("check");
    const began = performance.now();
    const report = await checkStores({
      ...stores,
      readsBlobs: call.readsBlobs,
      settleMs: MS_PER_SECOND * call.settleSeconds,
      progress: checkProgress(progress, call.settleSeconds),
      signal,
    });
    const result = { ...report, repair: call.repair, seconds: (performance.now() - began) / MS_PER_SECOND };
    if (!call.repair || report.findings.length === 0) return result;
    progress.phase("repair");
    return { ...result, findings: await repair(report.findings, { ...context, ...stores, ...settings, call }) };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw storeFailure(error, "run the command again");
  }
}

/** Throws `ConfigError`. */
function parseSettings(env: Environment) {
  const settings = new Settings(env);
  const parsed = {
    r2: parseR2(settings),
    kv: parseKv(settings),
    trust: parseTrust(settings),
    keptFolder: keptFolder(parseSpoolDirectory(settings)),
  };
  settings.throwIfAny();
  return parsed;
}

type Stores = { readonly store: ReturnType<typeof createR2Store>; readonly index: ReturnType<typeof createKvIndex> };

interface Repair extends CommandContext, Stores, Pick<ReturnType<typeof parseSettings>, "keptFolder" | "trust"> {
  readonly call: FsckCall;
}

/** Nothing is collected while the repair runs. A collection that was stopped begins again later. */
async function repair(findings: readonly Finding[], options: Repair): Promise<readonly RepairedFinding[]> {
  const { store, progress, signal, call } = options;
  const onWait = () => progress.note("a garbage collection runs; waiting until it ends, or is silent for two minutes");
  const lock = await acquireLock({ store, clock: SYSTEM_CLOCK, signal, onWait });
  const alive = async () => {
    signal.throwIfAborted();
    await lock.keep();
  };
  try {
    const { state } = await readState(store);
    if (state.phase !== "idle") await changePhase(store, state, { phase: "idle", run: "" });
    const context = {
      ...options,
      store: leasedStore(store, lock),
      publishKeys: () => publishKeys(options),
      onAction: (line: string) => progress.note(line),
      alive,
    };
    const repaired = await withRebuilding({ ...options, isOff: !call.rebuild }, (rebuilding) =>
      repairStores({ ...context, rebuilding }, findings),
    );
    if (repaired.some(({ outcome }) => outcome === "removed")) await beginGeneration(store);
    return repaired;
  } finally {
    await lock.release().catch(() => undefined);
  }
}

async function publishKeys({ env, store, trust }: Pick<Repair, "env" | "store" | "trust">): Promise<void> {
  const keys = await readSigningKeys(trust, programEnvironment(env));
  if (keys) await publishPublicKeys(store, keys);
}
