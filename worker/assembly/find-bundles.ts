import { type Bundle, memoryOfBundle } from "../../image/bundles/bundle.ts";
import { isBundleOf } from "../../image/bundles/bundle-of.ts";
import { bundleHash } from "../../image/bundles/bundle-hash.ts";
import { decodeBundle, MAX_BUNDLE_BYTES } from "../../image/bundles/bundle-record.ts";
import { CannotAssemble } from "../../image/assembly/cannot-assemble.ts";
import type { PackageRoot } from "../../image/closure/image-closure.ts";
import type { ImageShape } from "../../protocol/ref-record.ts";
import { bundleKey } from "../../protocol/storage-keys.ts";
import { LruMap } from "../memory/lru-map.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import type { AssemblySettings } from "./edge-settings.ts";
import { type FitsIn, readObject } from "./stored-objects.ts";

/** Enough for a hundred usual packages. Bytes. */
const MAX_REMEMBERED_BYTES = 12 << 20;
/** Enough for a burst of pulls. An origin writes a bundle again when it has packed more layers. */
const MEMORY_MS = 10_000;

interface RememberedBundle {
  readonly bundle: Bundle;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** The bundles of one image that are read at once. 64 usual packages have 2 MB. Bytes. */
const MAX_READ_BYTES = 8 << 20;

const bundlesOf = perIsolate<AssemblySettings, LruMap<RememberedBundle>>(
  () => new LruMap(MAX_REMEMBERED_BYTES, ({ bundle }) => memoryOfBundle(bundle)),
);

/** Which bundles an image needs. */
interface BundlePlace {
  readonly shape: ImageShape;
  /** Of the garbage collections. What was read at another one may name layers that are gone. */
  readonly generation: number;
}

/** The bundles of packages, one for each attribute. Throws `CannotAssemble` if one is missing. */
export async function findBundles(
  config: AssemblySettings,
  packages: readonly PackageRoot[],
  place: BundlePlace,
): Promise<readonly Bundle[]> {
  const roots = [...Map.groupBy(packages, ({ attribute }) => attribute).values()];
  let left = MAX_READ_BYTES;
  const fits: FitsIn = (size) => {
    left -= size;
    return size <= MAX_BUNDLE_BYTES && left >= 0;
  };
  return Promise.all(roots.map((outputs) => findBundle(config, outputs, place, fits)));
}

async function findBundle(
  config: AssemblySettings,
  outputs: readonly PackageRoot[],
  { shape, generation }: BundlePlace,
  fits: FitsIn,
): Promise<Bundle> {
  const remembered = bundlesOf(config);
  const hash = await bundleHash(outputs, shape);
  const name = `${generation} ${hash}`;
  const known = remembered.get(name);
  if (known && Date.now() < known.until) return known.bundle;
  const record = await readObject(config, bundleKey(hash), fits);
  const bundle = record && (await decodeBundle(record));
  if (!bundle || !isBundleOf(bundle, outputs)) throw new CannotAssemble(`${outputs[0]?.name} has no bundle`);
  remembered.set(name, { bundle, until: Date.now() + MEMORY_MS });
  return bundle;
}
