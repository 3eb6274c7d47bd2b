import { availableParallelism } from "node:os";
import { withIsolation } from "../origin/service/builder.ts";
import { parseIndexConfig } from "../origin/service/config.ts";
import { parseR2 } from "../origin/stores/settings.ts";
import { IndexError } from "../origin/package-index/index-error.ts";
import { leftOut } from "../origin/package-index/left-out.ts";
import { resolveIndexable } from "../origin/package-index/package-index.ts";
import { publishIndex } from "../origin/package-index/published-index.ts";
import { type Environment, Settings } from "../origin/system/settings.ts";
import { createR2Store } from "../origin/stores/r2-store.ts";
import { StoreError } from "../origin/stores/object-store.ts";
import { formatCount } from "../protocol/format-count.ts";
import { OciError } from "../protocol/oci-error.ts";

interface BackgroundOptions {
  /** The origin's settings. */
  readonly env: Environment;
  /** The folder of the starter set, if the starter set is the source. */
  readonly starterSet: string | undefined;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Lists the packages, so that the registry's page can search them. It logs one line. It never throws, because pulls do
 * not need the list.
 */
export async function indexInBackground(options: BackgroundOptions): Promise<void> {
  const { log, signal } = options;
  try {
    log(await refreshIndex(options));
  } catch (error) {
    if (!signal.aborted) log(`There is no new package index: ${explain(error)}`);
  }
}

async function refreshIndex({ env, starterSet, signal }: BackgroundOptions): Promise<string> {
  const settings = new Settings(env);
  const store = createR2Store(parseR2(settings));
  settings.throwIfAny();
  const config = parseIndexConfig(env, availableParallelism());
  const began = Date.now();
  let failures = 0;
  const { index } = await withIsolation(config, env, async (isolation) => {
    const indexable = await resolveIndexable({
      config,
      starterSet,
      env,
      isolation,
      signal,
      onProgress: () => {},
      onFailure: () => (failures += 1),
    });
    return publishIndex(store, indexable, signal);
  });
  if (!index) return "The package index is as it was.";
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  const parts = [
    `The package index has ${formatCount(index.packages.length, "package")}, after ${seconds} s`,
    ...leftOut(failures),
  ];
  return `${parts.join("; ")}.`;
}

function explain(error: unknown): string {
  if (error instanceof IndexError || error instanceof OciError) return error.message;
  if (error instanceof StoreError) return `the registry's storage did not take it (${error.message})`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
