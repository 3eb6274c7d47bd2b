import type { BuildsUnderWay } from "../builds/builds-under-way.ts";
import { createBundleStore } from "../bundles/bundle-store.ts";
import { type Bundler, type BundleListener, createBundler } from "../bundles/bundler.ts";
import { FORMAT_VERSION } from "../../image/layers/format-version.ts";
import type { HashedPopularity } from "../../image/layers/popularity.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import type { BuilderConfig } from "./config.ts";

interface BundlerParts extends BundleListener {
  readonly config: Pick<BuilderConfig, "maxStoreLayers" | "compression">;
  readonly popularity: HashedPopularity;
  readonly store: ObjectStore;
  /** The builds that go first. Undefined if none does. */
  readonly underWay: BuildsUnderWay | undefined;
  readonly signal: AbortSignal;
}

/** Makes bundles while none of the builds that go first is under way. */
export function openBundler({ config, popularity, store, underWay, ...parts }: BundlerParts): Bundler {
  const { maxStoreLayers, compression } = config;
  return createBundler({
    ...parts,
    bundles: createBundleStore(store, Date.now),
    shape: { format: FORMAT_VERSION, maxStoreLayers, compression, popularity: popularity.hash },
    popularity,
    async giveWay(signal) {
      signal.throwIfAborted();
      await underWay?.giveWay(signal);
    },
  });
}
