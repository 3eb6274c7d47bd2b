import { type Digest, digestOf } from "../../protocol/digest.ts";
import { isListMediaType, isManifestMediaType, type ManifestFormat } from "../../protocol/media-types.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { manifestCacheKey, type ManifestMetadata, manifestKey } from "../../protocol/storage-keys.ts";
import { fillColo, readColo } from "./colo-cache.ts";
import type { Content } from "../answers/content.ts";
import { logFailure } from "../answers/errors.ts";
import { LruMap } from "../memory/lru-map.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { readKv } from "./kv.ts";
import { readR2 } from "./r2.ts";
import { inBackground, type RequestContext } from "../requests/request-context.ts";
import type { Tier } from "../requests/tiers.ts";
import type { StoreSettings } from "./store-settings.ts";

export interface Manifest extends Content {
  readonly bytes: ArrayBuffer;
}

/** Both manifests of an image, or both lists of images. */
export type BuiltManifests = Readonly<Record<ManifestFormat, Manifest>>;

/** Enough for 300 manifests of a hundred layers, which have 25 KB each. Bytes. */
const MAX_MANIFEST_BYTES = 8 << 20;

/** The last used manifests, by digest. */
export const manifestsOf = perIsolate<StoreSettings, LruMap<Manifest>>(
  () => new LruMap(MAX_MANIFEST_BYTES, ({ size }) => size),
);

interface ManifestTier {
  readonly tier: Tier;
  readonly read: (config: StoreSettings, digest: Digest) => Promise<Manifest | undefined>;
  readonly fill: (config: StoreSettings, manifest: Manifest) => Promise<void>;
}

/** The tiers before R2, nearest first. R2 is strongly consistent, and has manifests that KV does not show yet. */
const CACHES: readonly ManifestTier[] = [
  {
    tier: "memory",
    read: async (config, digest) => manifestsOf(config).get(digest),
    fill: async (config, manifest) => manifestsOf(config).set(manifest.digest, manifest),
  },
  {
    tier: "colo",
    async read(config, digest) {
      const response = await readColo(config, manifestKey(digest));
      return response && toManifest(digest, await response.arrayBuffer(), response.headers.get("Content-Type"));
    },
    fill: (config, { digest, bytes, mediaType, size }) =>
      fillColo(config, manifestKey(digest), { body: bytes, mediaType, size }),
  },
  {
    tier: "kv",
    async read(config, digest) {
      const key = manifestCacheKey(digest);
      const found = await readKv(config, key, (kv) => kv.getWithMetadata<ManifestMetadata>(key, "arrayBuffer"));
      return found?.value ? toManifest(digest, found.value, found.metadata?.mediaType) : undefined;
    },
    async fill({ kv }, { digest, bytes, mediaType }) {
      const metadata: ManifestMetadata = { mediaType };
      await kv.put(manifestCacheKey(digest), bytes, { metadata });
    },
  },
];

/** Asks one tier after the other. In the background, puts the manifest into the tiers that did not have it. */
export async function findManifest(
  context: RequestContext<StoreSettings>,
  digest: Digest,
): Promise<Manifest | undefined> {
  const missed: ManifestTier[] = [];
  for (const cache of CACHES) {
    const manifest = await context.tiers.ask(cache.tier, () => cache.read(context.config, digest));
    if (manifest) return fill(context, missed, manifest);
    missed.push(cache);
  }
  const manifest = await context.tiers.ask("r2", () => readStoredManifest(context.config, digest));
  return manifest && fill(context, missed, manifest);
}

/** The error for a digest that names no manifest, or none that the client may see. */
export function manifestUnknown(digest: Digest): OciError {
  return new OciError("MANIFEST_UNKNOWN", `this registry has no manifest ${digest}`);
}

/** Puts a new manifest into the tiers before KV. The origin has put it into KV. */
export function keepBuiltManifest(context: RequestContext<StoreSettings>, manifest: Manifest): Manifest {
  return fill(
    context,
    CACHES.filter(({ tier }) => tier !== "kv"),
    manifest,
  );
}

function fill(context: RequestContext<StoreSettings>, caches: readonly ManifestTier[], manifest: Manifest): Manifest {
  for (const { tier, fill: put } of caches) {
    inBackground(context, `putting manifest ${manifest.digest} into ${tier}`, put(context.config, manifest));
  }
  return manifest;
}

/** Reads from R2 only: it has a manifest as soon as the build ends. Throws `UNAVAILABLE` if R2 fails. */
export async function readStoredManifest(
  config: Pick<StoreSettings, "r2">,
  digest: Digest,
): Promise<Manifest | undefined> {
  const stored = await readR2(config, async (r2) => {
    const object = await r2.get(manifestKey(digest));
    return object && { bytes: await object.arrayBuffer(), mediaType: object.httpMetadata?.contentType };
  });
  return stored ? toManifest(digest, stored.bytes, stored.mediaType) : undefined;
}

/** Undefined if the type or the bytes are wrong: clients fail on such a manifest, so it counts as lost. */
async function toManifest(digest: Digest, bytes: ArrayBuffer, mediaType: unknown): Promise<Manifest | undefined> {
  const actual = await digestOf(new Uint8Array(bytes));
  if (typeof mediaType === "string" && isServed(mediaType) && actual === digest) {
    return { digest, mediaType, size: bytes.byteLength, bytes };
  }
  logFailure(`manifest ${digest} is stored with a wrong type or wrong bytes`, { mediaType, digest: actual });
  return undefined;
}

/** A list is a manifest, too: a list of images, or a list of referrers. */
function isServed(mediaType: string): boolean {
  return isManifestMediaType(mediaType) || isListMediaType(mediaType);
}
