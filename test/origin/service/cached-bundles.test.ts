import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { Bundle } from "../../../image/bundles/bundle.ts";
import { decodeBundle } from "../../../image/bundles/bundle-record.ts";
import { storePathHash, storePathName } from "../../../image/closure/store-path.ts";
import { layerHash } from "../../../image/keys/layer-key.ts";
import { groupLayers } from "../../../image/layers/group-layers.ts";
import type { LayerRoot } from "../../../image/layers/package-parts.ts";
import { NO_POPULARITY } from "../../../image/layers/popularity.ts";
import { readText } from "../../../origin/stores/object-store.ts";
import type { Digest } from "../../../protocol/digest.ts";
import { MAX_MANIFEST_BYTES, parseManifestText } from "../../../protocol/manifest.ts";
import { blobKey, manifestKey, treeKey } from "../../../protocol/storage-keys.ts";
import { originWithoutNix, PATHS, test } from "./cached-images.ts";

/** The default of the origin. */
const MAX_STORE_LAYERS = 100;

type Origin = Awaited<ReturnType<typeof originWithoutNix>>;

async function bundlesOf({ folder }: Origin) {
  const bundles = join(folder, "store/bundles");
  const names = await readdir(bundles).catch(() => []);
  const read = names.map(async (name) => {
    const bundle = await decodeBundle(await readFile(join(bundles, name)));
    if (!bundle) throw new Error(`${name} is no bundle`);
    return bundle;
  });
  return Promise.all(read);
}

/** The store layers of an image of these packages, from their bundles alone. */
async function layersFrom(bundles: readonly Bundle[], roots: readonly LayerRoot[]): Promise<Digest[]> {
  const closure = new Map(bundles.flatMap((bundle) => bundle.closure.map((path) => [path.path, path] as const)));
  const groups = groupLayers({
    closure: [...closure.values()],
    roots,
    popularity: NO_POPULARITY,
    maxStoreLayers: MAX_STORE_LAYERS,
  });
  const solos = new Map(bundles.flatMap((bundle) => [...bundle.solos]));
  const rests = new Map(bundles.flatMap((bundle) => [...bundle.rests]));
  const layers = groups.map(async (group) => {
    const [first] = group;
    const solo = group.length === 1 && first ? solos.get(first.path) : undefined;
    return (solo ?? rests.get(await layerHash(group, "gzip")))?.digest;
  });
  return (await Promise.all(layers)).filter((digest) => digest !== undefined);
}

describe("an origin with binary caches", () => {
  test("packs the layers of combinations that nobody has pulled", async ({ directory, cache }) => {
    await using origin = await originWithoutNix(directory, { settings: cache.settings("ok"), makesBundles: true });
    await origin.build("bash");
    await origin.build("hello");
    await origin.bundled();
    const roots = ["bash", "hello"].map((attribute, index) => ({
      attribute,
      path: PATHS[index + 1]?.path ?? "",
      requested: true,
    }));
    const layers = await layersFrom(await bundlesOf(origin), roots);
    const { digest } = await origin.build("bash", "hello");
    const manifest = parseManifestText((await readText(origin.store, manifestKey(digest), MAX_MANIFEST_BYTES)) ?? "");
    // The root layer is the last one. The edge makes it.
    expect(layers).toEqual(manifest?.layers.slice(0, -1).map((layer) => layer.digest));
    expect(layers).toHaveLength(3);
  });

  test("makes a bundle of each package, and stores each layer that it names", async ({ directory, cache }) => {
    await using origin = await originWithoutNix(directory, { settings: cache.settings("ok"), makesBundles: true });
    await origin.build("bash", "hello");
    expect(await origin.bundled()).toEqual({ outcomes: ["written", "written"], failures: [] });
    const bundles = await bundlesOf(origin);
    const closures = bundles.map(({ closure }) => closure.map(({ path }) => storePathName(path)).toSorted());
    expect(new Set(closures.map(String))).toEqual(new Set(["bash-5.2,glibc-2.40", "glibc-2.40,hello-2.12"]));
    expect(closures).toHaveLength(2);
    const layers = bundles.flatMap(({ solos, rests }) => [...solos.values(), ...rests.values()]);
    for (const { digest, size } of layers) expect(await origin.store.head(blobKey(digest))).toMatchObject({ size });
    // All layers come from archives that end in the spool.
    expect(await readdir(origin.spool)).toEqual([]);
  });

  test("makes the same bundles of an image that is known, without waiting for its layers", async ({
    directory,
    cache,
  }) => {
    const settings = cache.settings("ok");
    await using first = await originWithoutNix(directory, { settings });
    await first.build("bash", "hello");
    expect(await bundlesOf(first)).toEqual([]);
    // The image is known by its closure, and no longer by its names. One tree is lost.
    await rm(join(first.folder, "store/requests"), { recursive: true });
    await rm(join(first.folder, "store", treeKey(storePathHash(PATHS[1]?.path ?? ""))));
    await using second = await originWithoutNix(directory, { settings, store: first.store, makesBundles: true });
    const { phases } = await second.build("bash", "hello");
    expect(phases()).not.toContain("pack");
    expect(await second.bundled()).toEqual({ outcomes: ["written", "written"], failures: [] });
    const trees = (await bundlesOf(first)).flatMap((bundle) => [...bundle.trees.keys()]);
    expect(trees.map(storePathName).toSorted()).toEqual(["bash-5.2", "glibc-2.40", "hello-2.12"]);
    expect(await first.store.head(treeKey(storePathHash(PATHS[1]?.path ?? "")))).toBeDefined();
  });

  test("makes none if nobody wants them", async ({ directory, cache }) => {
    await using origin = await originWithoutNix(directory, { settings: cache.settings("ok") });
    await origin.build("bash");
    await origin.bundled();
    expect(await bundlesOf(origin)).toEqual([]);
  });

  test("builds images also if no bundle can be stored", async ({ directory, cache }) => {
    await using first = await originWithoutNix(directory, { settings: cache.settings("ok") });
    const store: Origin["store"] = {
      ...first.store,
      put: (key, ...rest) =>
        key.startsWith("bundles/") ? Promise.reject(new Error("down")) : first.store.put(key, ...rest),
    };
    await using origin = await originWithoutNix(directory, {
      settings: cache.settings("ok"),
      store,
      makesBundles: true,
    });
    const { digest } = await origin.build("bash", "hello");
    expect(digest).toMatch(/^sha256:/);
    expect(await origin.bundled()).toEqual({ outcomes: ["failed", "failed"], failures: [new Error("down")] });
  });
});
