import { join } from "node:path";
import { hideSecrets } from "../origin/service/hidden-environment.ts";
import { hostArchitecture } from "../origin/nix/system.ts";
import { sourceOffer } from "../protocol/source-offer.ts";
import { ConfigError, type Environment } from "../origin/system/settings.ts";
import { banner, USAGE } from "./banner.ts";
import { boundState, runCollection } from "./bounded-state.ts";
import { followNixNeed } from "./follow-nix-need.ts";
import { edgeFolder, originEnvironment, startEdge, startOrigin } from "./processes.ts";
import { reloadOnChange } from "./reload.ts";
import { FOLDER, prepareSetup, type Setup } from "./setup.ts";
import { StartError } from "./machine/start-error.ts";
import type { SupervisedProcess } from "./machine/supervised-process.ts";

/**
 * Replaces the operator's umask. Other users read the starter set through bind mounts, where the mode of the state
 * folder does not count. That mode keeps everything else private.
 */
const UMASK = 0o022;

function log(line: string): void {
  console.log(line);
}

async function start(env: Environment, signal: AbortSignal, running: Stoppable[]): Promise<void> {
  const setup = await prepareSetup({ env, log, signal });
  signal.throwIfAborted();
  const state = { folder: edgeFolder(setup.config), maxBytes: setup.config.maxStateBytes };
  const registry = await startEdge(setup, log);
  running.push(registry);
  signal.throwIfAborted();
  const current = { env: originEnvironment(setup) };
  const origin = await startFollowingOrigin(setup, current, signal);
  running.push(origin);
  if (process.argv.includes("--watch")) running.push(reloadOnChange(FOLDER, { registry, origin }, log));
  const { source, config } = setup;
  const { hasUsualPackages } = sourceOffer(source.name, hostArchitecture());
  const { port, stateDirectory } = config;
  log(banner({ port, source: source.description, hasUsualPackages, stateDirectory }));
  const collect = (days: number) => runCollection(join(FOLDER, "cli/main.ts"), current.env, days, signal);
  const bounding = boundState({ ...state, collect, log, signal });
  running.push({ stop: () => bounding });
  if (config.indexes) running.push(await startIndexing(setup, current, signal));
}

type Stoppable = Pick<SupervisedProcess, "stop">;

/** The origin's environment now. It changes if a revision needs a newer Nix. */
interface CurrentOrigin {
  env: Environment;
}

async function startFollowingOrigin(
  setup: Setup,
  current: CurrentOrigin,
  signal: AbortSignal,
): Promise<SupervisedProcess> {
  const { source } = setup.config;
  const onMessage = followNixNeed({
    source,
    env: setup.env,
    log,
    signal,
    useNix(nix) {
      current.env = { ...current.env, ...nix };
      return origin.restart(current.env);
    },
  });
  const origin = await startOrigin({ env: current.env, log, onMessage });
  return origin;
}

/** This runs after the start, because loading its modules would delay the start. */
async function startIndexing(setup: Setup, current: CurrentOrigin, signal: AbortSignal): Promise<Stoppable> {
  const { indexInBackground } = await import("./background-index.ts");
  const { starterSet } = setup.source;
  const indexing = indexInBackground({ env: () => current.env, starterSet, log, signal });
  return { stop: () => indexing };
}

async function main(): Promise<void> {
  if (process.argv.includes("--help")) return log(USAGE);
  process.umask(UMASK);
  const stop = new AbortController();
  const running: Stoppable[] = [];
  const stopAll = () => Promise.all(running.map((child) => child.stop()));
  for (const event of ["SIGINT", "SIGTERM"] as const) {
    process.on(event, () => {
      stop.abort(new StartError("stopped"));
      void stopAll().then(() => process.exit(0));
    });
  }
  try {
    const { settings } = hideSecrets(process.env);
    await start(settings, stop.signal, running);
  } catch (error) {
    await stopAll();
    if (stop.signal.aborted) process.exit(0);
    if (!(error instanceof StartError) && !(error instanceof ConfigError)) throw error;
    console.error(`cornice: ${error.message}`);
    process.exit(1);
  }
}

await main();
