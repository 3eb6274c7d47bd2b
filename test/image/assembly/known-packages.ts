import type { AssemblyParts, ImageToAssemble } from "../../../image/assembly/assemble-image.ts";
import type { Bundle } from "../../../image/bundles/bundle.ts";
import { packageLayers } from "../../../image/bundles/package-layers.ts";
import type { PackageRoot } from "../../../image/closure/image-closure.ts";
import type { StorePath } from "../../../image/closure/store-path.ts";
import { layerHash } from "../../../image/keys/layer-key.ts";
import { FORMAT_VERSION } from "../../../image/layers/format-version.ts";
import type { LayerGroup } from "../../../image/layers/layer-group.ts";
import type { Layer } from "../../../image/layers/layer.ts";
import { NO_POPULARITY } from "../../../image/layers/popularity.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { pathOf, storePath } from "../layers/grouping.ts";
import { type Nodes, treeWith } from "../trees/entries.ts";

interface KnownPackage {
  readonly requested: boolean;
  readonly closure: readonly StorePath[];
  readonly trees: Readonly<Record<string, Nodes>>;
}

const MAX_STORE_LAYERS = 100;
const ZLIB = [storePath("zlib-1.3", 60_000), storePath("glibc-2.40", 30_000_000)];

/** Packages that share paths, merge directories and link to each other. */
const PACKAGES = {
  git: {
    requested: true,
    closure: [storePath("git", 28_000_000, ["zlib-1.3", "perl-5.42"]), storePath("perl-5.42", 300), ...ZLIB],
    trees: {
      git: {
        "bin/git": { program: "#!" },
        "lib/libz.so": { link: `${pathOf("zlib-1.3")}/lib/libz.so` },
        "nix-support/propagated-user-env-packages": pathOf("perl-5.42"),
        "share/doc/git": "text",
      },
      "perl-5.42": { "bin/perl": { program: "#!" }, "share/doc/größe": "text" },
      "zlib-1.3": { "lib/libz.so": "text" },
    },
  },
  bash: {
    requested: true,
    closure: [storePath("bash", 1_800_000, ["glibc-2.40"]), storePath("glibc-2.40", 30_000_000)],
    trees: { bash: { "bin/bash": { program: "#!" }, "lib/libz.so": "another", "share/doc/bash": "text" } },
  },
  cacert: {
    requested: false,
    closure: [storePath("cacert", 500_000)],
    trees: { cacert: { "etc/ssl/certs/ca-bundle.crt": "text" } },
  },
} as const satisfies Readonly<Record<string, KnownPackage>>;

type Name = keyof typeof PACKAGES;

/** A stand-in for a packed layer. Its digest is its hash. */
async function layerOf(group: LayerGroup): Promise<readonly [hash: string, Layer]> {
  const hash = await layerHash(group, "gzip");
  return [hash, { digest: sha256Digest(hash), diffId: sha256Digest(hash), size: group.length }];
}

/** The bundle that an origin writes for a package. */
export async function bundleOf(name: Name): Promise<Bundle> {
  const { closure, requested, trees }: KnownPackage = PACKAGES[name];
  const roots = [{ attribute: name, path: pathOf(name), requested }];
  const layers = packageLayers({ closure, roots, popularity: NO_POPULARITY, maxStoreLayers: MAX_STORE_LAYERS });
  const solos = layers.solos.map(async (path) => [path.path, (await layerOf([path]))[1]] as const);
  return {
    closure,
    facts: new Map(),
    solos: new Map(await Promise.all(solos)),
    rests: new Map(await Promise.all([...layers.rests.values()].flat().map(layerOf))),
    steps: [...layers.rests.keys()],
    trees: new Map(Object.entries(trees).map(([path, nodes]) => [pathOf(path), treeWith(nodes)])),
    popularity: NO_POPULARITY,
  };
}

/** An image of these packages. */
export async function imageOf(...names: readonly Name[]): Promise<ImageToAssemble> {
  const packages = names.map((name): PackageRoot => {
    const { requested } = PACKAGES[name];
    return { name, attribute: name, path: pathOf(name), requested };
  });
  const { hash: popularity } = NO_POPULARITY;
  return {
    packages,
    architecture: "amd64",
    shape: { format: FORMAT_VERSION, maxStoreLayers: MAX_STORE_LAYERS, compression: "gzip", popularity },
    bundles: await Promise.all(names.map(bundleOf)),
    maxImageBytes: 1_000_000_000,
  };
}

/** Nothing is elsewhere. Nothing is compressed, so the digests do not depend on a compressor. */
export const PARTS: AssemblyParts = {
  compress: (bytes) => new Uint8Array(bytes),
  findTree: async () => undefined,
  findLayers: async () => new Map(),
};
