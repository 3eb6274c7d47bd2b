import { join } from "node:path";
import { type Environment, Settings } from "../origin/system/settings.ts";
import type { Architecture } from "../protocol/image-name.ts";
import { prepareSource } from "../start/package-source.ts";
import { parseOptionalSource, platforms } from "../start/start-config.ts";
import type { Progress } from "./progress.ts";

interface LocalSourceOptions {
  readonly env: Environment;
  /** For clones and the starter set. */
  readonly directory: string;
  /** Architectures that the starter set must have beside this machine's own, and those of CORNICE_PLATFORMS. */
  readonly architectures?: readonly Architecture[];
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
export async function localSource(options: LocalSourceOptions): Promise<LocalSource> {
  const { env, directory, architectures: wanted = [], progress, signal } = options;
  const settings = new Settings(env);
  const source = parseOptionalSource(settings);
  const architectures = [...platforms(settings), ...wanted];
  settings.throwIfAny();
  const log = (line: string) => progress.log(line);
  const prepared = await prepareSource({ source, directory, architectures, env, log, signal });
  signal.throwIfAborted();
  const folders = { CORNICE_SPOOL_DIR: join(directory, "spool"), CORNICE_SOURCES_DIR: join(directory, "sources") };
  return { settings: { ...folders, ...prepared.env, ...env }, starterSet: prepared.starterSet };
}
