import { availableParallelism } from "node:os";
import { createBuilder } from "../origin/service/builder.ts";
import { parseBuilderConfig } from "../origin/service/config.ts";
import { programEnvironment } from "../origin/service/hidden-environment.ts";
import { describeSource } from "../origin/sources/package-source.ts";
import type { KvIndex } from "../origin/stores/kv-index.ts";
import type { MaintainedStore } from "../origin/stores/maintained-store.ts";
import type { Rebuilder, Rebuilding } from "../origin/repair/repair-context.ts";
import type { TrustSettings } from "../origin/trust/settings.ts";
import { readSigningKeys } from "../origin/trust/signing-keys.ts";
import type { CommandContext } from "./build-command.ts";
import { withCache } from "./cache.ts";
import { Interruption } from "./cli-error.ts";
import { localSource } from "./local-source.ts";

interface RebuildingOptions extends CommandContext {
  readonly index: KvIndex;
  readonly trust: TrustSettings;
  /** Whether nothing is built. */
  readonly isOff: boolean;
}

/** Runs `work` with a way to build images of the configured package source. Throws `ConfigError`. */
export async function withRebuilding<T>(
  options: RebuildingOptions,
  work: (rebuilding: Rebuilding | undefined) => Promise<T>,
): Promise<T> {
  if (options.isOff) return work(undefined);
  return withCache(options.env, true, async (directory) => {
    const { settings } = await localSource({ ...options, directory });
    const config = parseBuilderConfig(settings, availableParallelism());
    const open = (store: MaintainedStore) => openRebuilder(options, { config, store });
    return work({ source: describeSource(config.source), open });
  });
}

interface RebuilderParts {
  readonly config: ReturnType<typeof parseBuilderConfig>;
  readonly store: MaintainedStore;
}

async function openRebuilder(
  { env, index, trust, progress, signal }: RebuildingOptions,
  { config, store }: RebuilderParts,
): Promise<Rebuilder> {
  const keys = await readSigningKeys(trust, programEnvironment(env));
  const onFailure = (image: string) => progress.log(`${image} is not signed`);
  const builder = await createBuilder({
    config,
    env,
    store,
    index,
    // What records say of blobs is not believed: one of them is damaged.
    blobTrustMs: 0,
    onLine: (line) => progress.log(line),
    trust: { keys, registryUrl: trust.registryUrl, onOutcome: () => {}, onFailure },
  });
  const close = () => void builder.close(new Interruption(1));
  signal.addEventListener("abort", close);
  return {
    build: (request) => builder.build(request, (event) => event.event === "log" && progress.log(event.line)),
    async close() {
      signal.removeEventListener("abort", close);
      await builder.trust?.finished();
      await builder.close(new Interruption(1));
    },
  };
}
