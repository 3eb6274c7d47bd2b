import { OciError } from "../../protocol/oci-error.ts";
import { parsePackageIndexMetadata } from "../../protocol/package-index.ts";
import { packageIndexKey } from "../../protocol/storage-keys.ts";
import { readColo } from "../stores/colo-cache.ts";
import { copyToColo } from "../stores/colo-copy.ts";
import { readR2 } from "../stores/r2.ts";
import type { ImageSettings } from "../requests/image-settings.ts";
import type { RequestContext } from "../requests/request-context.ts";
import type { StoreSettings } from "../stores/store-settings.ts";

/** A request for the list of packages. */
export type IndexContext<More = unknown> = RequestContext<ImageSettings & StoreSettings & More>;

/** The index as the origin writes it: JSON, compressed by gzip. */
export interface StoredIndex {
  readonly body: ReadableStream;
  readonly etag: string;
}

/** The index rarely changes, and an index that is a few minutes old is good enough. */
export const FRESH = "max-age=300";

/** Reads the index from the colo cache or R2. Throws `NAME_UNKNOWN` if there is none. */
export async function findIndex(context: IndexContext): Promise<StoredIndex> {
  const { tiers, config } = context;
  const key = await packageIndexKey(config.packageSource);
  const near = await tiers.ask("colo", () => readColo(config, key));
  const etag = near?.headers.get("ETag");
  if (near?.body && etag) return { body: near.body, etag };
  const stored = await tiers.ask("r2", () => readList(config, key));
  if (!stored) throw new OciError("NAME_UNKNOWN", "this registry has no list of packages; pulls work without it");
  // The entity tag is weak, because clients without gzip get other bytes.
  return keepNear(context, key, stored, `W/${stored.httpEtag}`);
}

/** Undefined if there is no list of a version that the page can read. */
async function readList(config: StoreSettings, key: string): Promise<R2ObjectBody | undefined> {
  const stored = await readR2(config, (r2) => r2.get(key));
  if (!stored || parsePackageIndexMetadata(stored.customMetadata)) return stored ?? undefined;
  await stored.body.cancel();
  return undefined;
}

/** Stores the index as plain bytes. With a type and an encoding, the cache would compress and decompress it. */
function keepNear(context: IndexContext, key: string, stored: R2ObjectBody, etag: string): StoredIndex {
  const headers = { ETag: etag, "Cache-Control": `public, ${FRESH}` };
  const { body } = copyToColo(context, key, stored, { mediaType: "application/octet-stream", headers });
  return { body, etag };
}
