import { bundleHash } from "../../image/bundles/bundle-hash.ts";
import type { Bundle } from "../../image/bundles/bundle.ts";
import { stepOf } from "../../image/bundles/package-layers.ts";
import type { PackageRoot } from "../../image/closure/image-closure.ts";
import type { StorePath } from "../../image/closure/store-path.ts";
import { divideClosure } from "../../image/layers/group-layers.ts";
import type { ImagePackage } from "./image-packages.ts";
import { type BundleContext, layersOf } from "./make-bundle.ts";
import { hasLayers, wantedLayers } from "./wanted-layers.ts";

/** What tells whether bundles are whole. */
type Bundling = Omit<BundleContext, "sweeps">;

/**
 * Whether the store has whole bundles of all packages of an image. It needs no closure: a bundle has that of its package.
 * Throws `StoreError`.
 */
export async function hasWholeBundles(context: Bundling, roots: readonly PackageRoot[]): Promise<boolean> {
  const found = await readBundles(context, roots);
  if (!found) return false;
  const seen = stepOfImage(context, roots, unionOf(found));
  const whole = await Promise.all(found.map((bundled) => isWhole(context, bundled, seen)));
  return whole.every(Boolean);
}

interface BundledPackage extends ImagePackage {
  readonly bundle: Bundle;
}

/** Undefined if a bundle is missing, or is of other store paths. */
async function readBundles(
  { bundles, shape }: Bundling,
  packages: readonly PackageRoot[],
): Promise<readonly BundledPackage[] | undefined> {
  const found: BundledPackage[] = [];
  for (const [attribute, roots] of Map.groupBy(packages, (root) => root.attribute)) {
    const bundle = await bundles.read(await bundleHash(roots, shape), roots);
    if (!bundle) return undefined;
    found.push({ attribute, roots, closure: bundle.closure, bundle });
  }
  return found;
}

function unionOf(packages: readonly ImagePackage[]): StorePath[] {
  const paths = packages.flatMap(({ closure }) => closure.map((path) => [path.path, path] as const));
  return [...new Map(paths).values()];
}

/** The step of the cut-off that an image needs. */
export function stepOfImage(
  { popularity, shape: { maxStoreLayers } }: Pick<BundleContext, "shape" | "popularity">,
  roots: readonly PackageRoot[],
  closure: readonly StorePath[],
): number {
  return stepOf(divideClosure({ roots, closure, popularity, maxStoreLayers }).cutOff);
}

async function isWhole(context: Bundling, { bundle, ...of }: BundledPackage, seen: number): Promise<boolean> {
  const { layers, steps } = layersOf(context, { package: of, seen }, "all");
  return hasLayers(bundle, await wantedLayers(layers, steps, context.shape.compression));
}
