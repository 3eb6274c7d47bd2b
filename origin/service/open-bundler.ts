import type { BuildsUnderWay } from "../builds/builds-under-way.ts";
import { createBundleStore } from "../bundles/bundle-store.ts";
import { type Bundler, type BundleListener, createBundler } from "../bundles/bundler.ts";
import type { Popularity } from "../../image/layers/popularity.ts";
import type { ImageShape } from "../../protocol/ref-record.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import type { SweepGuard } from "../sweeps/sweep-guard.ts";

interface BundlerParts extends BundleListener {
  readonly shape: ImageShape;
  readonly popularity: Popularity;
  readonly store: ObjectStore;
  /** The builds that go first. Undefined if none does. */
  readonly underWay: BuildsUnderWay | undefined;
  readonly sweeps: SweepGuard;
  readonly signal: AbortSignal;
}

/** Makes bundles while none of the builds that go first is under way. */
export function openBundler({ store, underWay, ...parts }: BundlerParts): Bundler {
  const bundles = createBundleStore(store, Date.now);
  parts.sweeps.whenSwept(() => bundles.forget());
  return createBundler({
    ...parts,
    bundles,
    async giveWay(signal) {
      signal.throwIfAborted();
      await underWay?.giveWay(signal);
    },
  });
}
