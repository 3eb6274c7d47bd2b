import { expect } from "vitest";
import { bundleHash } from "../../../image/bundles/bundle-hash.ts";
import type { Bundle } from "../../../image/bundles/bundle.ts";
import type { StorePath } from "../../../image/closure/store-path.ts";
import { NO_POPULARITY } from "../../../image/layers/popularity.ts";
import { createBundleStore } from "../../../origin/bundles/bundle-store.ts";
import { layersOf } from "../../../origin/bundles/make-bundle.ts";
import { wantedLayers } from "../../../origin/bundles/wanted-layers.ts";
import { hasWholeBundles } from "../../../origin/bundles/whole-bundles.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import type { ImageShape } from "../../../protocol/ref-record.ts";
import { layerOf } from "../../image/bundles/bundles.ts";
import { pathOf, rootOf, storePath } from "../../image/layers/grouping.ts";
import { test } from "../fixtures.ts";

const KIB = 1024;
const SHAPE = { format: 8, maxStoreLayers: 100, compression: "gzip", popularity: NO_POPULARITY.hash } as const;
const CLOSURES: Readonly<Record<string, readonly StorePath[]>> = {
  git: [
    storePath("git", 28_000 * KIB, ["perl", "zlib", "less"]),
    storePath("perl", 300 * KIB),
    storePath("zlib", 60 * KIB),
    storePath("less", 20 * KIB),
  ],
  htop: [storePath("htop", 250 * KIB, ["zlib"]), storePath("zlib", 60 * KIB)],
};
const root = (name: string) => ({ ...rootOf(name), name });

/** A store with whole bundles of `git` and `htop`, each changed by `change`. */
async function setUp(
  directory: string,
  change: (bundle: Bundle, name: string) => Bundle | undefined,
  shape: ImageShape = SHAPE,
) {
  const store = createDiskStore(directory);
  const context = { shape, popularity: NO_POPULARITY };
  for (const [name, closure] of Object.entries(CLOSURES)) {
    const of = { attribute: name, roots: [root(name)], closure };
    const { layers, steps } = layersOf(context, { package: of, seen: 0 }, "all");
    const { solos, rests } = await wantedLayers(layers, steps, shape.compression);
    const stored = (keys: Iterable<string>) => new Map([...keys].map((key) => [key, layerOf("1")] as const));
    const layersOfBundle = { facts: new Map(), solos: stored(solos.keys()), rests: stored(rests.keys()), steps };
    const bundle = change({ closure, ...layersOfBundle, trees: new Map(), popularity: NO_POPULARITY }, name);
    if (bundle)
      await createBundleStore(store, Date.now).write(
        await bundleHash(of.roots, shape),
        bundle,
        new AbortController().signal,
      );
  }
  return { ...context, bundles: createBundleStore(store, Date.now) };
}

test("an image whose packages have whole bundles", async ({ directory }) => {
  const context = await setUp(directory, (bundle) => bundle);
  expect(await hasWholeBundles(context, [root("git"), root("htop")])).toBe(true);
});

test.for<[string, (bundle: Bundle, name: string) => Bundle | undefined]>([
  ["is missing", (bundle, name) => (name === "git" ? bundle : undefined)],
  ["lacks a step", (bundle) => ({ ...bundle, steps: bundle.steps.slice(0, -1) })],
  ["lacks the layer of a path", (bundle) => ({ ...bundle, solos: new Map([...bundle.solos].slice(1)) })],
  ["lacks a rest layer", (bundle) => ({ ...bundle, rests: new Map([...bundle.rests].slice(1)) })],
  ["is of other store paths", (bundle) => ({ ...bundle, closure: [storePath("other", KIB)], solos: new Map() })],
  ["has further store paths", (bundle) => ({ ...bundle, closure: [...bundle.closure, storePath("other", 1)] })],
])("not if a bundle %s", async ([, change], { directory }) => {
  const context = await setUp(directory, change);
  expect(await hasWholeBundles(context, [root("git"), root("htop")])).toBe(false);
});

test("not if the image needs a higher step than its packages alone", async ({ directory }) => {
  // An image of one layer needs a cut-off above its largest path, and git's is larger than that of htop.
  const shape = { ...SHAPE, maxStoreLayers: 1 };
  const context = await setUp(directory, (bundle) => bundle, shape);
  expect(await hasWholeBundles(context, [root("htop")])).toBe(true);
  expect(await hasWholeBundles(context, [root("git"), root("htop")])).toBe(false);
});

test("not if a package has an output more than its bundle", async ({ directory }) => {
  const context = await setUp(directory, (bundle) => bundle);
  expect(await hasWholeBundles(context, [root("git"), { ...root("git"), path: pathOf("git-doc") }])).toBe(false);
});
