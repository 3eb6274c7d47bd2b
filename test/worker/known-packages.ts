import { env } from "cloudflare:workers";
import type { Bundle } from "../../image/bundles/bundle.ts";
import { bundleHash } from "../../image/bundles/bundle-hash.ts";
import { encodeBundle } from "../../image/bundles/bundle-record.ts";
import { FORMAT_VERSION } from "../../image/layers/format-version.ts";
import { NO_POPULARITY } from "../../image/layers/popularity.ts";
import { ALWAYS_PACKAGES } from "../../image/names/always-packages.ts";
import type { IndexEntry } from "../../image/names/index-entry.ts";
import { sha256Digest } from "../../protocol/digest.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { type RefRecord, refRecordJson } from "../../protocol/ref-record.ts";
import { bundleKey, refKey } from "../../protocol/storage-keys.ts";
import { pathOf, storePath } from "../image/layers/grouping.ts";
import { ownEntries, PREFIX } from "../image/names/index-objects.ts";
import { treeWith } from "../image/trees/entries.ts";

/** Large enough for a layer of its own. Bytes. */
const LARGE = 1_000_000;

const REF: RefRecord = {
  revision: "r1",
  // Any tag that may move is due for its next look-up.
  resolvedAt: "2025-01-01T00:00:00.000Z",
  index: PREFIX.slice(0, PREFIX.indexOf("x86_64-linux")),
  shape: { format: FORMAT_VERSION, maxStoreLayers: 100, compression: "gzip", popularity: "0".repeat(64) },
  maxImageBytes: 1_000_000_000,
  evaluation: {},
};

/** Writes what an origin says of the ref of a request. */
export async function storeRef({ source, tag }: ImageRequest): Promise<void> {
  await env.R2.put(await refKey(source, tag), JSON.stringify(refRecordJson(REF)));
}

/** Writes all that the edge needs of a request's one package. Its image has `layers` layers with the root layer. */
export async function storeKnownPackage(request: ImageRequest, layers: number): Promise<void> {
  const [name = ""] = request.packages;
  await storeRef(request);
  await storeBundle(name, layers - 1 - ALWAYS_PACKAGES.length);
  for (const always of ALWAYS_PACKAGES) await storeBundle(always, 1);
  const names = [name, ...ALWAYS_PACKAGES];
  const entry = (attribute: string): IndexEntry => ({ kind: "package", attribute, paths: [pathOf(attribute)] });
  const entries = await ownEntries(Object.fromEntries(names.map((each) => [each, entry(each)])));
  for (const [key, bytes] of entries) await env.R2.put(key, bytes);
}

/** A package with this many store paths, each with a layer of its own. */
async function storeBundle(name: string, paths: number): Promise<void> {
  const libraries = Array.from({ length: paths - 1 }, (_, index) => `${name}-library-${index}`);
  const closure = [storePath(name, LARGE, libraries), ...libraries.map((library) => storePath(library, LARGE))];
  const layer = { digest: sha256Digest("1".repeat(64)), diffId: sha256Digest("2".repeat(64)), size: LARGE };
  const bundle: Bundle = {
    closure,
    facts: new Map(),
    solos: new Map(closure.map(({ path }) => [path, layer])),
    rests: new Map(),
    steps: [0],
    trees: new Map(closure.map(({ path }) => [path, treeWith({ [`share/${path.slice(-20)}`]: "text" })])),
    popularity: NO_POPULARITY,
  };
  const record = await encodeBundle(bundle);
  if (!record) throw new Error(`${name} is too large for a bundle`);
  await env.R2.put(bundleKey(await bundleHash([{ attribute: name, path: pathOf(name) }], REF.shape)), record);
}
