import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { hideSecrets } from "../origin/service/hidden-environment.ts";
import type { Environment } from "../origin/system/settings.ts";
import { logLine } from "./local-edge/log-line.ts";
import { pathExists } from "./machine/path-exists.ts";
import { ensurePrivateFolder } from "./machine/private-files.ts";
import { StartError } from "./machine/start-error.ts";
import { prepareSource } from "./package-source.ts";
import { type Registry, startRegistry, type Stoppable } from "./registry.ts";
import { parseServeConfig, type ServeConfig } from "./serve-config.ts";
import { FOLDER, prepareSetup } from "./setup.ts";

/** As with `npm start`: other users read the starter set, and the state folder keeps the rest private. */
const UMASK = 0o022;
/** The origin ends its builds itself. It gets this time on top of theirs, to send the last events. Milliseconds. */
const ORIGIN_END_MS = 2000;

interface Run {
  readonly env: Environment;
  readonly config: ServeConfig;
  readonly log: (line: string) => void;
}

/**
 * `cornice serve`: runs the registry in the foreground, for a service manager. It installs nothing. With `prepare` it
 * installs what is missing, and ends. Throws `ConfigError` and `StartError`.
 */
export async function serve({ prepare }: { readonly prepare: boolean }): Promise<void> {
  process.umask(UMASK);
  const { settings: env } = hideSecrets(process.env);
  const config = parseServeConfig(env);
  const log = (line: string) => console.log(logLine(config.logFormat, "info", line));
  await (prepare ? prepareMachine({ env, config, log }) : run({ env, config, log }));
}

async function prepareMachine({ env, config, log }: Run): Promise<void> {
  const { source, stateDirectory: directory, platforms: architectures } = config;
  await ensurePrivateFolder(directory);
  await prepareSource({ source, directory, architectures, env, log, signal: new AbortController().signal });
  await promisify(execFile)(join(FOLDER, "bin/build-web"));
  log("This machine has all that the registry needs. bin/cornice serve starts it.");
}

/** Resolves when the registry runs. A signal ends this process later. */
async function run(options: Run): Promise<void> {
  const stop = new AbortController();
  const parts: Stoppable[] = [];
  let running: Registry | undefined;
  const stopAll = () => Promise.all(parts.map((part) => part.stop()));

  /** A second signal, Ctrl-C, or the end of the terminal stops at once what SIGTERM drains. */
  async function end(signal: NodeJS.Signals): Promise<void> {
    const drains = signal === "SIGTERM" && !stop.signal.aborted;
    stop.abort(new StartError("stopped"));
    if (drains && running) await drain(running, options);
    await stopAll();
    process.exit(0);
  }

  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.on(signal, () => void end(signal));
  try {
    running = await start(options, stop.signal, (part) => void parts.push(part));
  } catch (error) {
    await stopAll();
    if (stop.signal.aborted) process.exit(0);
    throw error;
  }
}

/** Builds end first. Meanwhile the registry serves what it has, because the builds need its stores. Then pulls end. */
async function drain({ registry, origin }: Registry, { config, log }: Run): Promise<void> {
  const limitMs = config.drainTimeoutS * 1000;
  log(`stopping: builds, and then pulls, have ${config.drainTimeoutS} s each to end`);
  await origin.drain(limitMs + ORIGIN_END_MS);
  await registry.drain(limitMs);
}

async function start(
  { env, config, log }: Run,
  signal: AbortSignal,
  onPart: (part: Stoppable) => void,
): Promise<Registry> {
  if (!(await pathExists(join(FOLDER, "dist/web/index.html"))))
    throw new StartError('the page is not built; run "bin/cornice serve --prepare"');
  const setup = await prepareSetup({ env, config, installs: false, log, signal });
  signal.throwIfAborted();
  const registry = await startRegistry({ setup, installs: false, log, signal, onPart });
  const { entrance, port, stateDirectory } = config;
  log(
    `Cornice serves ${entrance.publicUrl}: ${setup.source.name}, on ${entrance.address} port ${port}, from ${stateDirectory}`,
  );
  return registry;
}
