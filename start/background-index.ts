import { availableParallelism } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { withIsolation } from "../origin/service/builder-isolation.ts";
import { parseIndexConfig } from "../origin/service/config.ts";
import { parseR2 } from "../origin/stores/settings.ts";
import { IndexError } from "../origin/package-index/index-error.ts";
import { parseIndexLimits } from "../origin/package-index/index-limits.ts";
import { leftOut } from "../origin/package-index/left-out.ts";
import { resolveIndexable } from "../origin/package-index/package-index.ts";
import { type PublishedIndex, publishIndex } from "../origin/package-index/published-index.ts";
import { type Environment, Settings } from "../origin/system/settings.ts";
import { createR2Store } from "../origin/stores/r2-store.ts";
import { StoreError } from "../origin/stores/object-store.ts";
import { formatCount } from "../protocol/format-count.ts";
import { OciError } from "../protocol/oci-error.ts";

interface BackgroundOptions {
  /** The origin's settings now. */
  readonly env: () => Environment;
  /** The folder of the starter set, if the starter set is the source. */
  readonly starterSet: string | undefined;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Lists the packages, so that the registry's page can search them. It lists them anew when the source has moved, or when the
 * bucket has lost the list. It logs one line for each list. It never throws, because pulls do not need the list. It ends when
 * the signal aborts.
 */
export async function indexInBackground(options: BackgroundOptions): Promise<void> {
  const { env, log, signal } = options;
  let lastFailure = "";
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const now = env();
    const refresh = await refreshIndex(options, now).catch((error: unknown) => failed(error, now));
    const { line, list, looksAgain, intervalS } = refresh;
    // A source that is down for a day says so once.
    const isKnown = list === "same" ? !isFirst : line === lastFailure;
    lastFailure = list === "none" ? line : "";
    if (!isKnown && !signal.aborted) log(line);
    if (!looksAgain) return;
    await pause(intervalS * 1000, undefined, { signal, ref: false }).catch(() => {});
  }
}

interface Refresh {
  readonly line: string;
  readonly list: "new" | "same" | "none";
  /** False if each look would list all packages: nobody can tell whether the list would be the same. */
  readonly looksAgain: boolean;
  readonly intervalS: number;
}

async function refreshIndex({ starterSet, signal }: BackgroundOptions, env: Environment): Promise<Refresh> {
  const settings = new Settings(env);
  const store = createR2Store(parseR2(settings));
  settings.throwIfAny();
  const config = parseIndexConfig(env, availableParallelism());
  const began = Date.now();
  let failures = 0;
  return withIsolation(config, env, async (isolation) => {
    const onFailure = () => (failures += 1);
    const indexable = await resolveIndexable({
      config,
      starterSet,
      env,
      isolation,
      signal,
      onProgress: () => {},
      onFailure,
    });
    const published = await publishIndex(store, indexable, signal);
    const isNew = published.index !== undefined || published.names.length > 0;
    return {
      line: isNew ? describe(published, failures, Date.now() - began) : "The package index is as it was.",
      list: isNew ? "new" : "same",
      looksAgain: MOVING.has(config.source.kind) || indexable.state !== undefined,
      intervalS: config.limits.intervalS,
    };
  });
}

function describe({ index, names, skipped }: PublishedIndex, failures: number, milliseconds: number): string {
  const seconds = (milliseconds / 1000).toFixed(1);
  const list = index ? formatCount(index.packages.length, "package") : "the same packages";
  const parts = [
    `The package index has ${list}, after ${seconds} s`,
    ...leftOut(failures),
    ...names.map((written) => `${formatCount(written.names, "name")} for ${written.architecture} need no evaluation`),
    ...skipped.map(({ architecture, reason }) => `there are no names for ${architecture}: ${reason}`),
  ];
  return `${parts.join("; ")}.`;
}

/** Sources whose `latest` leads to another revision after some time. */
const MOVING = new Set(["channel", "git", "flake"]);

function failed(error: unknown, env: Environment): Refresh {
  const { intervalS } = parseIndexLimits(new Settings(env), 1);
  return { line: `There is no new package index: ${explain(error)}`, list: "none", looksAgain: true, intervalS };
}

function explain(error: unknown): string {
  if (error instanceof IndexError || error instanceof OciError) return error.message;
  if (error instanceof StoreError) return `the registry's storage did not take it (${error.message})`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
