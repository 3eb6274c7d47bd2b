import { parseReferrersIndex, type ReferrerEntry } from "../../image/referrers/referrers-index.ts";
import { type Digest, digestOf } from "../../protocol/digest.ts";
import { MAX_MANIFEST_BYTES } from "../../protocol/manifest.ts";
import { OCI_INDEX_MEDIA_TYPE } from "../../protocol/media-types.ts";
import { referrersKey } from "../../protocol/storage-keys.ts";
import { logFailure } from "../answers/errors.ts";
import type { Manifest } from "./manifests.ts";
import { readSmallObject } from "./r2.ts";
import type { StoreSettings } from "./store-settings.ts";

/** The list of the artifacts that refer to a digest. */
export interface StoredReferrers {
  readonly entries: readonly ReferrerEntry[];
  /** The list as the origin wrote it, to be served as a manifest. */
  readonly list: Manifest;
}

/** Enough of a damaged list for the log. Characters. */
const MAX_SHOWN = 1000;

/** Reads the list from R2. Undefined if it is missing or damaged. Throws `UNAVAILABLE` if R2 fails. */
export async function findReferrers(
  config: Pick<StoreSettings, "r2">,
  subject: Digest,
): Promise<StoredReferrers | undefined> {
  const bytes = await readSmallObject(config, referrersKey(subject), MAX_MANIFEST_BYTES);
  if (!bytes) return undefined;
  const text = new TextDecoder().decode(bytes);
  const entries = parseReferrersIndex(text);
  if (entries) return { entries, list: await toList(bytes) };
  logFailure(`the stored referrers of ${subject} are not an index`, text.slice(0, MAX_SHOWN));
  return undefined;
}

async function toList(bytes: Uint8Array<ArrayBuffer>): Promise<Manifest> {
  const { buffer, length: size } = bytes;
  return { digest: await digestOf(bytes), mediaType: OCI_INDEX_MEDIA_TYPE, size, bytes: buffer };
}
