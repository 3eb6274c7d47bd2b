import { hideSecrets } from "../origin/service/hidden-environment.ts";
import { hostArchitecture } from "../origin/nix/system.ts";
import { sourceOffer } from "../protocol/source-offer.ts";
import { ConfigError, type Environment } from "../origin/system/settings.ts";
import { banner, USAGE } from "./banner.ts";
import { startRegistry, type Stoppable } from "./registry.ts";
import { reloadOnChange } from "./reload.ts";
import { FOLDER, prepareSetup } from "./setup.ts";
import { StartError } from "./machine/start-error.ts";

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
  const onPart = (part: Stoppable) => void running.push(part);
  const processes = await startRegistry({ setup, installs: true, log, signal, onPart });
  if (process.argv.includes("--watch")) running.push(reloadOnChange(FOLDER, processes, log));
  const { source, config } = setup;
  const { hasUsualPackages } = sourceOffer(source.name, hostArchitecture());
  const { port, stateDirectory } = config;
  log(banner({ port, source: source.description, hasUsualPackages, stateDirectory }));
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
