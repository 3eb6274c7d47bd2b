import { env } from "cloudflare:workers";
import type { Bundle } from "../../../image/bundles/bundle.ts";
import { bundleHash } from "../../../image/bundles/bundle-hash.ts";
import { encodeBundle } from "../../../image/bundles/bundle-record.ts";
import { packageLayers } from "../../../image/bundles/package-layers.ts";
import { layerHash } from "../../../image/keys/layer-key.ts";
import { FORMAT_VERSION } from "../../../image/layers/format-version.ts";
import type { Layer } from "../../../image/layers/layer.ts";
import { NO_POPULARITY } from "../../../image/layers/popularity.ts";
import { ALWAYS_PACKAGES } from "../../../image/names/always-packages.ts";
import type { IndexEntry } from "../../../image/names/index-entry.ts";
import { nixSystem } from "../../../image/names/nix-system.ts";
import { ARCHITECTURES } from "../../../protocol/image-request.ts";
import { type Digest, digestOf, sha256Digest } from "../../../protocol/digest.ts";
import { type RefRecord, refRecordJson } from "../../../protocol/ref-record.ts";
import { bundleKey, refKey } from "../../../protocol/storage-keys.ts";
import type { AssemblySettings } from "../../../worker/assembly/edge-settings.ts";
import { pathOf, rootOf, storePath } from "../../image/layers/grouping.ts";
import { wholeIndex } from "../../image/names/index-objects.ts";
import { treeWith } from "../../image/trees/entries.ts";
import { storeBlob } from "../images.ts";

/** A path that all packages need. It is in their rest layers. */
const SHARED = storePath("zlib", 5000);
const DIFF_ID = sha256Digest("d".repeat(64));
const HASH_DIGITS = 1;
const LARGE = 100_000;

/** What the origin says of a ref. */
export const REF: RefRecord = {
  revision: "r1",
  resolvedAt: "2026-01-01T00:00:00.000Z",
  index: "index/0123456789abcdef/r1/",
  shape: { format: FORMAT_VERSION, maxStoreLayers: 100, compression: "gzip", popularity: NO_POPULARITY.hash },
  maxImageBytes: 1_000_000_000,
  evaluation: {},
};

let revisions = 1;

/** The settings of an object, with other stores in place of the real ones. */
export function edgeSettings(stores: Partial<AssemblySettings> = {}): AssemblySettings {
  return { r2: env.R2, kv: env.KV, assemblesAtEdge: true, tagFreshnessMs: 300_000, ...stores };
}

/**
 * Writes all that an origin writes of packages that were pulled one by one, at a time of which a look-up is fresh unless
 * `ref` says another. Each has a layer of its own, and a rest layer. Returns the layers.
 */
export async function knowPackages(names: readonly string[], ref: Partial<RefRecord> = {}): Promise<Digest[]> {
  // Another revision each time: an isolate remembers the objects of an index.
  const index = `index/0123456789abcdef/r${(revisions += 1)}/`;
  await storeRef({ resolvedAt: new Date().toISOString(), index, ...ref });
  for (const [key, bytes] of await wholeIndex(entriesOf(names), HASH_DIGITS))
    for (const architecture of ARCHITECTURES)
      await env.R2.put(key.replace(REF.index, index).replace("x86_64-linux", nixSystem(architecture)), bytes);
  const layers = await Promise.all(names.map(storePackage));
  return [...new Set(layers.flat())];
}

function entriesOf(names: readonly string[]): Record<string, IndexEntry> {
  const absent = ALWAYS_PACKAGES.map((name): [string, IndexEntry] => [name, { kind: "absent" }]);
  const known = names.map((name): [string, IndexEntry] => [
    name,
    { kind: "package", attribute: name, paths: [pathOf(name)] },
  ]);
  return Object.fromEntries<IndexEntry>([...absent, ...known]);
}

/** Writes the record of latest. */
async function storeRef(changes: Partial<RefRecord>): Promise<void> {
  await env.R2.put(await refKey(env.PACKAGE_SOURCE, "latest"), JSON.stringify(refRecordJson({ ...REF, ...changes })));
}

async function storePackage(name: string): Promise<Digest[]> {
  const bundle = await bundleOf(name);
  await storeBundle(name, bundle);
  return [...bundle.solos.values(), ...bundle.rests.values()].map(({ digest }) => digest);
}

export async function storeBundle(name: string, bundle: Bundle): Promise<void> {
  const record = await encodeBundle(bundle);
  if (record) await env.R2.put(await bundleKeyOf(name), record);
}

export async function bundleKeyOf(name: string): Promise<string> {
  return bundleKey(await bundleHash([rootOf(name)], REF.shape));
}

/** The bundle of a package. Its layers are in R2. */
export async function bundleOf(name: string): Promise<Bundle> {
  const own = storePath(name, LARGE, ["zlib"]);
  const closure = [own, SHARED];
  const popularity = NO_POPULARITY;
  const { rests } = packageLayers({ closure, roots: [rootOf(name)], popularity, maxStoreLayers: 100 });
  const groups = [...rests.values()].flat();
  const hashed = groups.map(async (group) => {
    const hash = await layerHash(group, "gzip");
    return [hash, await storeLayer(hash)] as const;
  });
  return {
    closure,
    facts: new Map(closure.map(({ path }) => [path, { narHash: "a".repeat(64) }])),
    solos: new Map([[own.path, await storeLayer(own.path)]]),
    rests: new Map(await Promise.all(hashed)),
    steps: [...rests.keys()],
    trees: new Map([[own.path, treeWith({ [`bin/${name}`]: { program: "#!" } })]]),
    popularity: { packages: new Map(), roots: new Map() },
  };
}

/** The bytes that stand for a layer in the tests. */
export function layerText(title: string): string {
  return `the layer of ${title}`;
}

async function storeLayer(title: string): Promise<Layer> {
  const bytes = new Uint8Array(new TextEncoder().encode(layerText(title)));
  return { digest: await storeBlob(bytes), diffId: DIFF_ID, size: bytes.length };
}

/** The digest of the layer that a package has alone. */
export function layerDigest(name: string): Promise<Digest> {
  return digestOf(new Uint8Array(new TextEncoder().encode(layerText(pathOf(name)))));
}
