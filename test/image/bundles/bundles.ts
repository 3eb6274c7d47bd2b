import * as fc from "fast-check";
import type { Bundle } from "../../../image/bundles/bundle.ts";
import type { StorePath } from "../../../image/closure/store-path.ts";
import type { KnownFacts } from "../../../image/facts/image-facts.ts";
import { readPackageMetadata } from "../../../image/facts/package-metadata.ts";
import type { Layer } from "../../../image/layers/layer.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { pathOf, popularity, storePath } from "../layers/grouping.ts";
import { treeWith } from "../trees/entries.ts";

/** A layer whose digest repeats one digit. */
export function layerOf(digit: string, size = 100): Layer {
  return { digest: sha256Digest(digit.repeat(64)), diffId: sha256Digest("f".repeat(64)), size };
}

export const GIT = pathOf("git-2.51.0");
export const ZLIB = pathOf("zlib-1.3");
const REST_HASH = "e".repeat(64);

const NO_METADATA = readPackageMetadata({});

export const BUNDLE: Bundle = {
  closure: [storePath("git-2.51.0", 28_000_000, ["zlib-1.3", "git-2.51.0"]), storePath("zlib-1.3", 60_000)],
  solos: new Map([[GIT, layerOf("1")]]),
  rests: new Map([[REST_HASH, layerOf("2", 0)]]),
  steps: [0, 1, 7],
  trees: new Map([
    [GIT, treeWith({ "bin/git": { program: "#!" }, lib: { link: `${ZLIB}/lib` }, "etc/passwd": "text" })],
    [ZLIB, treeWith({ "": "a file" })],
  ]),
  facts: new Map([
    [GIT, { narHash: "a".repeat(64), metadata: { ...NO_METADATA, licenses: [{ id: "MIT" }, { name: "odd" }] } }],
    [ZLIB, { metadata: { ...NO_METADATA, debian: [{ name: "zlib1g", version: "1:1.3", architecture: "amd64" }] } }],
  ]),
  popularity: popularity({ zlib: 0.5 }, { git: 0.25 }),
};

/** The order in which the closure is written is that of the paths. */
export function sortedBundle(bundle: Bundle): Bundle {
  return { ...bundle, closure: bundle.closure.toSorted((a, b) => (a.path < b.path ? -1 : 1)) };
}

const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const layers = fc.record({ digest: hex, diffId: hex, size: count }).map(({ digest, diffId, size }): Layer => ({
  digest: sha256Digest(digest),
  diffId: sha256Digest(diffId),
  size,
}));
const name = fc.stringMatching(/^[0-9a-zA-Z+\-._?=]{1,20}$/);
const share = fc.double({ min: 0, max: 1, noNaN: true }).filter((value) => !Object.is(value, -0));
const facts: fc.Arbitrary<KnownFacts> = fc.oneof(
  hex.map((narHash) => ({ narHash })),
  fc.tuple(hex, fc.jsonValue()).map(([narHash, meta]) => ({ narHash, metadata: readPackageMetadata(meta) })),
);
const closures = fc
  .uniqueArray(fc.record({ name, narSize: count, edges: fc.array(fc.nat(), { maxLength: 3 }) }), {
    selector: (path) => path.name,
    minLength: 1,
    maxLength: 12,
  })
  .map((list) =>
    list.map((path): StorePath => ({
      path: pathOf(path.name),
      narSize: path.narSize,
      references: path.edges.map((edge) => pathOf(list[edge % list.length]?.name ?? "")),
    })),
  );

/** Any bundles. */
export const randomBundles: fc.Arbitrary<Bundle> = closures.chain((closure) => {
  const some = fc.subarray(closure.map(({ path }) => path));
  return fc.record({
    closure: fc.constant(closure),
    solos: fc.tuple(some, layers).map(([paths, layer]) => new Map(paths.map((path) => [path, layer]))),
    rests: fc.array(fc.tuple(hex, layers)).map((entries) => new Map(entries)),
    steps: fc.uniqueArray(fc.nat({ max: 64 })),
    trees: some.map(
      (paths) => new Map(paths.map((path) => [path, treeWith({ "bin/x": { link: path }, größe: path })])),
    ),
    facts: fc.tuple(some, facts).map(([paths, known]) => new Map(paths.map((path) => [path, known]))),
    popularity: fc.tuple(fc.array(fc.tuple(name, share)), fc.array(fc.tuple(name, share))).map(([packages, roots]) => ({
      packages: new Map(packages),
      roots: new Map(roots),
    })),
  });
});
