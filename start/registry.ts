import { join } from "node:path";
import type { Environment } from "../origin/system/settings.ts";
import { boundState, runCollection } from "./bounded-state.ts";
import { followNixNeed } from "./follow-nix-need.ts";
import type { SupervisedProcess } from "./machine/supervised-process.ts";
import { edgeFolder, originEnvironment, startEdge, startOrigin, writeOriginFile } from "./processes.ts";
import { FOLDER, type Setup } from "./setup.ts";

interface RegistryOptions {
  readonly setup: Setup;
  /** Whether a newer Nix may be brought, if a revision needs one. */
  readonly installs: boolean;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** Gets each part before it is ready, so that the caller can end it in the middle of the start. */
  readonly onPart: (part: Stoppable) => void;
}

export type Stoppable = Pick<SupervisedProcess, "stop">;

/** The parts of a registry on this machine. */
export interface Registry {
  readonly registry: SupervisedProcess;
  readonly origin: SupervisedProcess;
}

/** The origin's environment now. It changes if a revision needs a newer Nix. */
interface CurrentOrigin {
  env: Environment;
}

/** Starts the Worker with its stores, then the origin, then the list of packages. Each one is kept running. */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const { setup, log, signal, onPart } = options;
  await writeOriginFile(setup);
  const registry = await startEdge(setup, { log, onStart: onPart });
  signal.throwIfAborted();
  const current = { env: originEnvironment(setup) };
  const origin = await startFollowingOrigin(options, current);
  onPart(boundRegistry(options, current));
  if (setup.config.indexes) void startIndexing(options, current).then(onPart);
  return { registry, origin };
}

async function startFollowingOrigin(options: RegistryOptions, current: CurrentOrigin): Promise<SupervisedProcess> {
  const { setup, installs, log, signal, onPart } = options;
  const onMessage = followNixNeed({
    source: setup.config.source,
    env: setup.env,
    installs,
    log,
    signal,
    async useNix(nix) {
      current.env = { ...current.env, ...nix };
      await writeOriginFile(setup, nix);
      await origin.restart(current.env);
    },
  });
  const origin = await startOrigin({ env: current.env, log, onStart: onPart, onMessage });
  return origin;
}

function boundRegistry({ setup, log, signal }: RegistryOptions, current: CurrentOrigin): Stoppable {
  const collect = (days: number) => runCollection(join(FOLDER, "cli/main.ts"), current.env, days, signal);
  const { maxStateBytes: maxBytes } = setup.config;
  const bounding = boundState({ folder: edgeFolder(setup.config), maxBytes, collect, log, signal });
  return { stop: () => bounding };
}

/** Loading the modules would delay the start. */
async function startIndexing({ setup, log, signal }: RegistryOptions, current: CurrentOrigin): Promise<Stoppable> {
  const { indexInBackground } = await import("./background-index.ts");
  const { starterSet } = setup.source;
  const indexing = indexInBackground({ env: () => current.env, starterSet, log, signal });
  return { stop: () => indexing };
}
