import { availableParallelism } from "node:os";
import { parseBundles } from "../origin/bundles/settings.ts";
import { type Builder, createBuilder } from "../origin/service/builder.ts";
import { type BuilderConfig, parseBuilderConfig } from "../origin/service/config.ts";
import { programEnvironment } from "../origin/service/hidden-environment.ts";
import { describeSource } from "../origin/sources/package-source.ts";
import { createKvIndex } from "../origin/stores/kv-index.ts";
import { createR2Store } from "../origin/stores/r2-store.ts";
import { type KvSettings, parseKv, parseR2, type R2Settings } from "../origin/stores/settings.ts";
import { type Environment, Settings } from "../origin/system/settings.ts";
import type { Architecture } from "../protocol/image-name.ts";
import type { PullRequest } from "../protocol/image-request.ts";
import { tagKey } from "../protocol/storage-keys.ts";
import { readSigningKeys, type SigningKeys } from "../origin/trust/signing-keys.ts";
import { parseTrust, type TrustSettings } from "../origin/trust/settings.ts";
import type { WarmCall } from "./arguments.ts";
import type { CommandContext } from "./build-command.ts";
import { withCache } from "./cache.ts";
import { chosenImages } from "./chosen-images.ts";
import { Interruption } from "./cli-error.ts";
import { localSource } from "./local-source.ts";
import { pullRequestOf } from "./requested-name.ts";
import { type NamedRequest, warmImages } from "./warm-images.ts";
import type { WarmImage } from "./warm-list.ts";
import { type WarmCounts, WarmTally } from "./warm-tally.ts";

/** The result of `cornice warm`. */
export interface WarmResult extends WarmCounts {
  readonly source: string;
  /** How many different images the call names. */
  readonly images: number;
}

/** `cornice warm`: builds images ahead, into the registry's own stores. */
export async function runWarm(call: WarmCall, context: CommandContext): Promise<WarmResult> {
  const { env, progress } = context;
  const edge = parseEdge(env);
  const keys = await readSigningKeys(edge.trust, programEnvironment(env));
  // A bad line is reported before anything is built.
  const chosen = await chosenImages(call, context);
  return withCache(env, call.cache, async (directory) => {
    progress.phase("prepare");
    const { settings } = await localSource({ ...context, directory });
    const config = parseBuilderConfig(settings, availableParallelism());
    const source = describeSource(config.source);
    const images = await distinctImages(chosen, { source, platforms: call.platforms ?? [] });
    const tally = new WarmTally(progress, images.length);
    const jobs = call.jobs ?? config.maxBuilds;
    await withBuilder({ ...context, config, edge, keys, tally }, (builder) =>
      warmImages(images, { ...context, builder, jobs, tally }),
    );
    return { source, images: images.length, ...tally.counts };
  });
}

/** What the registry's edge reads. */
interface Edge {
  readonly r2: R2Settings;
  readonly kv: KvSettings;
  readonly makesBundles: boolean;
  readonly trust: TrustSettings;
}

/** Throws `ConfigError`. */
function parseEdge(env: Environment): Edge {
  const settings = new Settings(env);
  const edge = {
    r2: parseR2(settings),
    kv: parseKv(settings),
    makesBundles: parseBundles(settings),
    trust: parseTrust(settings),
  };
  settings.throwIfAny();
  return edge;
}

/** Two lines may name the same image. */
async function distinctImages(
  images: readonly WarmImage[],
  registry: Pick<PullRequest, "source"> & { readonly platforms: readonly Architecture[] },
): Promise<NamedRequest[]> {
  const distinct = new Map<string, NamedRequest>();
  for (const { name, tag } of images) {
    const request = pullRequestOf(name, { ...registry, tag });
    const key = await tagKey(request);
    if (!distinct.has(key)) distinct.set(key, { name: name.text, request });
  }
  return [...distinct.values()];
}

interface BuilderParts extends CommandContext {
  readonly config: BuilderConfig;
  readonly edge: Edge;
  /** Undefined if nothing is signed. */
  readonly keys: SigningKeys | undefined;
  readonly tally: WarmTally;
}

/** Closes the builder at the end, or when the call is interrupted. */
async function withBuilder(parts: BuilderParts, work: (builder: Builder) => Promise<void>): Promise<void> {
  const { config, env, edge, keys, tally, progress, signal } = parts;
  const store = createR2Store(edge.r2);
  const builder = await createBuilder({
    config,
    env,
    store,
    swept: store,
    index: createKvIndex(edge.kv),
    onLine: (line) => progress.log(line),
    needsBundles: true,
    trust: {
      keys,
      registryUrl: edge.trust.registryUrl,
      // `onFailure` has each image that is not signed.
      onOutcome: () => {},
      onFailure: (image, error) =>
        progress.log(`${image} is not signed: ${error instanceof Error ? error.message : String(error)}`),
    },
    bundles: edge.makesBundles
      ? {
          onOutcome: (outcome, facts) => tally.addBundle(outcome, facts),
          // `onOutcome` has each failure.
          onFailure: () => {},
        }
      : undefined,
  });
  const close = () => void builder.close(signal.reason instanceof Error ? signal.reason : new Interruption(1));
  signal.addEventListener("abort", close);
  try {
    signal.throwIfAborted();
    await work(builder);
  } catch (error) {
    if (signal.aborted) progress.note(`stopped at ${tally.standing}; run the command again to go on`);
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
    await builder.close(new Interruption(1));
  }
}
