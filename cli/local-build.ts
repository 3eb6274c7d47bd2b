import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createBuilder } from "../origin/service/builder.ts";
import { type BuilderConfig, parseBuilderConfig } from "../origin/service/config.ts";
import type { Environment } from "../origin/system/settings.ts";
import { describeSource } from "../origin/sources/package-source.ts";
import { createDiskStore } from "../origin/stores/disk-store.ts";
import type { KvIndex } from "../origin/stores/kv-index.ts";
import type { BuildListener } from "../protocol/build-events.ts";
import { checkPackageCount } from "../protocol/image-name.ts";
import { type BuiltImage, readBuiltImage } from "./built-image.ts";
import { Interruption, whileDoing } from "./cli-error.ts";
import { localSource } from "./local-source.ts";
import { createNixSteps } from "./nix-steps.ts";
import type { Progress } from "./progress.ts";
import { type RequestedName, requestOf } from "./requested-name.ts";

interface LocalBuildOptions {
  readonly name: RequestedName;
  readonly tag: string;
  readonly env: Environment;
  /** For blobs, records, clones and the starter set. */
  readonly directory: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Looks at the settings before anything is built. It may throw. */
  readonly checkConfig?: (config: BuilderConfig) => Promise<void>;
}

/** A look-up on disk costs nothing, and no Worker reports a blob that somebody has removed. */
const BLOB_TRUST_MS = 0;
/** No edge would read the index. */
const NOWHERE: KvIndex = { put: async () => {} };

/** Builds an image as the origin does, into a store on disk. Throws `StartError`, `ConfigError` and build errors. */
export async function buildLocally(options: LocalBuildOptions): Promise<BuiltImage> {
  const { name, tag, env, directory, progress, signal, checkConfig } = options;
  progress.phase("prepare");
  const architectures = name.architecture === undefined ? [] : [name.architecture];
  const { settings } = await localSource({ ...options, architectures });
  const config = parseBuilderConfig(settings, availableParallelism());
  checkPackageCount(name.packages.length, config.maxPackages);
  await checkConfig?.(config);
  const store = createDiskStore(join(directory, "store"));
  const builder = await createBuilder({ config, env, store, blobTrustMs: BLOB_TRUST_MS, index: NOWHERE });
  const close = () => void builder.close(signal.reason instanceof Error ? signal.reason : new Interruption(1));
  signal.addEventListener("abort", close);
  try {
    signal.throwIfAborted();
    const request = requestOf(name, { source: describeSource(config.source), tag });
    const { manifests, revision } = await builder
      .build(request, showOn(progress))
      .catch(whileDoing(`cannot build in ${directory}`));
    return await readBuiltImage({ store, name: name.text, request, manifest: manifests.oci, revision });
  } finally {
    signal.removeEventListener("abort", close);
    await builder.close(new Interruption(1));
  }
}

function showOn(progress: Progress): BuildListener {
  const nixStep = createNixSteps();
  let ready = 0;

  return (event) => {
    if (event.event === "phase" && event.phase !== "publish") progress.phase(event.phase);
    if (event.event === "log") progress.log(event.line);
    const step = nixStep(event);
    if (step) progress.step(step);
    if (event.event === "layer") progress.step({ done: ++ready, total: event.total, unit: "layers" });
  };
}
