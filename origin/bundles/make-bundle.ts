import type { Bundle } from "../../image/bundles/bundle.ts";
import { bundleHash } from "../../image/bundles/bundle-hash.ts";
import { linkedTrees } from "../../image/bundles/linked-trees.ts";
import { type PackageLayers, packageLayers } from "../../image/bundles/package-layers.ts";
import { packagePopularity } from "../../image/bundles/package-popularity.ts";
import type { KnownFacts } from "../../image/facts/image-facts.ts";
import type { Popularity } from "../../image/layers/popularity.ts";
import type { Tree } from "../../image/trees/tree.ts";
import type { ImageShape } from "../../protocol/ref-record.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import type { ImageLayerStore } from "../layers/layer-store.ts";
import type { PathSource } from "../paths/path-source.ts";
import type { NamedObject, SweepGuard } from "../sweeps/sweep-guard.ts";
import type { BundleStore } from "./bundle-store.ts";
import type { ImagePackage } from "./image-packages.ts";
import { mergeBundles } from "./merge-bundles.ts";
import { storeLayers } from "./store-layers.ts";
import { hasLayers, type WantedLayers, wantedLayers } from "./wanted-layers.ts";

/** What the bundles of all packages share. */
export interface BundleContext {
  readonly bundles: BundleStore;
  readonly shape: ImageShape;
  readonly popularity: Popularity;
  readonly sweeps: Pick<SweepGuard, "begin">;
}

/** A package, and where its files come from. */
export interface PackageToBundle {
  readonly package: ImagePackage;
  readonly paths: Pick<PathSource, "layer" | "tree">;
  readonly layers: Pick<ImageLayerStore, "ensure">;
  /** What documents say of the image's store paths. Undefined if nobody describes images. */
  readonly facts?: (() => Promise<ReadonlyMap<string, KnownFacts>>) | undefined;
  /** The highest step of an image with the package. */
  readonly seen: number;
}

/** `first`: at least the step that the package needs alone. `all`: all steps that are packed ahead. */
export type BundleExtent = "first" | "all";

export interface BundleRun {
  readonly extent: BundleExtent;
  /** Lets builds go first. Called after each layer that had to be packed. */
  readonly giveWay: () => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Makes sure that the store has the bundle of a package. The bundle is written when the store has all of its layers. So a
 * reader finds a whole bundle or none. Throws as the layer store and `admit` do, and `BundleTooLarge`.
 */
export async function ensureBundle(
  context: BundleContext,
  from: PackageToBundle,
  run: BundleRun,
): Promise<"written" | "known"> {
  const { bundles, shape } = context;
  const hash = await bundleHash(from.package.roots, shape);
  const { layers, steps } = layersOf(context, from, run.extent);
  if (bundles.has(hash, steps)) return "known";
  const sweep = await context.sweeps.begin();
  const wanted = await wantedLayers(layers, steps, shape.compression);
  const known = await bundles.read(hash, from.package.roots);
  if (known && hasLayers(known, wanted)) {
    const all = await wantedLayers(layers, [...layers.rests.keys()], shape.compression);
    bundles.note(hash, hasLayers(known, all) ? all.steps : steps);
    return "known";
  }
  const bundle = mergeBundles(await makeBundle(context, from, { ...run, wanted, known }), known);
  await sweep.admit(layersIn(bundle), run.signal);
  await bundles.write(hash, bundle, run.signal);
  bundles.note(hash, steps);
  return "written";
}

function layersIn({ solos, rests }: Bundle): readonly NamedObject[] {
  return [...solos.values(), ...rests.values()].map(({ digest }) => ({ digest, key: blobKey(digest) }));
}

/** The layers of a package, and the steps that its bundle must have. */
export function layersOf(
  { shape, popularity }: Pick<BundleContext, "shape" | "popularity">,
  { package: { roots, closure }, seen }: Pick<PackageToBundle, "package" | "seen">,
  extent: BundleExtent,
): { readonly layers: PackageLayers; readonly steps: readonly number[] } {
  const layers = packageLayers({ roots, closure, popularity, maxStoreLayers: shape.maxStoreLayers }, seen);
  return { layers, steps: [...layers.rests.keys()].slice(0, extent === "first" ? 1 : undefined) };
}

interface Making extends BundleRun {
  readonly wanted: WantedLayers;
  /** An older bundle of the package. */
  readonly known: Bundle | undefined;
}

async function makeBundle(
  { popularity }: BundleContext,
  from: PackageToBundle,
  { wanted, known, ...run }: Making,
): Promise<Bundle> {
  const { attribute, closure } = from.package;
  const { solos, rests } = await storeLayers(wanted, { ...from, ...run });
  const trees = known?.trees ?? (await treesOf(from));
  return {
    closure,
    solos,
    rests,
    steps: wanted.steps,
    trees,
    facts: await factsOf(from),
    popularity: packagePopularity(attribute, closure, popularity),
  };
}

async function factsOf({ package: { closure }, facts }: PackageToBundle): Promise<ReadonlyMap<string, KnownFacts>> {
  const ours = new Set(closure.map(({ path }) => path));
  return new Map([...((await facts?.()) ?? [])].filter(([path]) => ours.has(path)));
}

function treesOf({ package: { roots, closure }, paths }: PackageToBundle): Promise<ReadonlyMap<string, Tree>> {
  const outputs = roots.map(({ path }) => path);
  return linkedTrees(outputs, new Set(closure.map(({ path }) => path)), (path) => paths.tree(path));
}
