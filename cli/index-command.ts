import { availableParallelism } from "node:os";
import type { Architecture } from "../protocol/image-name.ts";
import { withIsolation } from "../origin/service/builder-isolation.ts";
import { parseIndexConfig } from "../origin/service/config.ts";
import { parseR2, R2_SETTINGS, type R2Settings } from "../origin/stores/settings.ts";
import { type IndexableSource, resolveIndexable } from "../origin/package-index/package-index.ts";
import { publishIndex, type PublishedNames } from "../origin/package-index/published-index.ts";
import { type Environment, Settings } from "../origin/system/settings.ts";
import { StoreError } from "../origin/stores/object-store.ts";
import { createR2Store } from "../origin/stores/r2-store.ts";
import type { IndexCall } from "./arguments.ts";
import type { CommandContext } from "./build-command.ts";
import { withCache } from "./cache.ts";
import { CliError, UsageError } from "./cli-error.ts";
import type { Progress } from "./progress.ts";
import { checkTextOutput, writeTextOutput } from "./text-output.ts";
import { localSource } from "./local-source.ts";

/** The result of `cornice index`. */
export interface IndexResult {
  readonly source: string;
  readonly revision: string;
  /** The number of packages. Undefined if the bucket already has the index of this revision. */
  readonly packages: number | undefined;
  /** How many attributes ended the evaluation. The index leaves them out. */
  readonly failures: number;
  /** The indexes of names that the bucket did not have. */
  readonly names: readonly PublishedNames[];
  /** Where the index is: a path, - or the key of the object. */
  readonly place: string;
}

/** `cornice index`: lists the packages of the configured source, into a file or into the bucket. */
export async function runIndex(call: IndexCall, context: CommandContext): Promise<IndexResult> {
  const write = await chooseTarget(call, context);
  return withCache(context.env, call.cache, async (directory) => {
    const { progress, signal, env } = context;
    let failures = 0;
    progress.phase("prepare");
    const { settings, starterSet } = await localSource({ ...context, directory });
    const config = parseIndexConfig(settings, availableParallelism());
    progress.phase("resolve");
    return withIsolation(config, env, async (isolation) => {
      const indexable = await resolveIndexable({
        config,
        starterSet,
        env,
        isolation,
        signal,
        onProgress: (seen, total) => progress.step({ done: Math.min(seen, total), total, unit: "attributes" }),
        onFailure(attribute, reason) {
          failures += 1;
          progress.note(`${attribute} is left out: ${reason.split("\n", 1)[0]}`);
        },
      });
      progress.phase("evaluate");
      const written = await write(indexable);
      const { source, revision } = indexable;
      return { source, revision, names: [], ...written, failures };
    });
  });
}

type WriteIndex = (
  indexable: IndexableSource,
) => Promise<Pick<IndexResult, "packages" | "place"> & Partial<Pick<IndexResult, "names">>>;

/** Checks the output before the work begins, so that a bad one fails at once. */
async function chooseTarget({ output }: IndexCall, { env, progress, signal }: CommandContext): Promise<WriteIndex> {
  if (!output) return uploadTo(bucketOf(env), progress, signal);
  await checkTextOutput(output);
  return async (indexable) => {
    const index = await indexable.list();
    progress.phase("write");
    await writeTextOutput(output, JSON.stringify(index), signal);
    return { packages: index.packages.length, place: output.kind === "stdout" ? "-" : output.path };
  };
}

function uploadTo(bucket: R2Settings, progress: Progress, signal: AbortSignal): WriteIndex {
  const uploading = <T>(listed: T): T => {
    progress.phase("upload");
    return listed;
  };
  const listNames = (indexable: IndexableSource, architecture: Architecture) => {
    progress.phase("evaluate");
    return indexable.listNames(architecture).then(uploading);
  };
  return async (indexable) => {
    const told = {
      ...indexable,
      list: () => indexable.list().then(uploading),
      listNames: (architecture: Architecture) => listNames(indexable, architecture),
    };
    const published = await publishIndex(createR2Store(bucket), told, signal).catch(withoutStore);
    const { key, index, names, skipped } = published;
    for (const { architecture, reason } of skipped) progress.note(`no index of names for ${architecture}: ${reason}`);
    return { packages: index?.packages.length, names, place: key };
  };
}

function withoutStore(error: unknown): never {
  if (!(error instanceof StoreError)) throw error;
  const why = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  throw new CliError(`${error.message}${why}`, { cause: error });
}

/** Throws `UsageError` if no setting of the bucket is there, and `ConfigError` if only some of them are. */
function bucketOf(env: Environment): R2Settings {
  const settings = new Settings(env);
  if (R2_SETTINGS.every((name) => settings.optional(name) === undefined))
    throw new UsageError(
      `say where to write: -o FILE or -o -; or set ${R2_SETTINGS.slice(0, -1).join(", ")} and ${R2_SETTINGS.at(-1)} to upload it`,
    );
  const bucket = parseR2(settings);
  settings.throwIfAny();
  return bucket;
}
