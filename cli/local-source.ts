import { join } from "node:path";
import { type Environment, Settings } from "../origin/system/settings.ts";
import { prepareSource } from "../start/package-source.ts";
import { parseOptionalSource } from "../start/start-config.ts";
import type { Progress } from "./progress.ts";

interface LocalSourceOptions {
  readonly env: Environment;
  /** For clones and the starter set. */
  readonly directory: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

interface LocalSource {
  /** The environment, and the settings of the prepared source. */
  readonly settings: Environment;
  /** The folder of the starter set. Undefined if there is another source. */
  readonly starterSet: string | undefined;
}

/** Uses the starter set if no source is configured, as `npm start` does. Throws `ConfigError` and `StartError`. */
export async function localSource({ env, directory, progress, signal }: LocalSourceOptions): Promise<LocalSource> {
  const settings = new Settings(env);
  const source = parseOptionalSource(settings);
  settings.throwIfAny();
  const prepared = await prepareSource({ source, directory, env, log: (line) => progress.log(line), signal });
  signal.throwIfAborted();
  const folders = { CORNICE_SPOOL_DIR: join(directory, "spool"), CORNICE_SOURCES_DIR: join(directory, "sources") };
  return { settings: { ...folders, ...prepared.env, ...env }, starterSet: prepared.starterSet };
}
