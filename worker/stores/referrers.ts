import { parseReferrersIndex, type ReferrerEntry } from "../../image/referrers/referrers-index.ts";
import type { Digest } from "../../protocol/digest.ts";
import { logFailure } from "../answers/errors.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { findAttachedRecord } from "./find-attached.ts";
import { findManifest, type Manifest } from "./manifests.ts";
import type { StoreSettings } from "./store-settings.ts";

/** The list of the artifacts that refer to a digest. */
export interface StoredReferrers {
  readonly entries: readonly ReferrerEntry[];
  /** The list as it is stored, to be served as a manifest. */
  readonly list: Manifest;
}

/** Enough of a damaged list for the log. Characters. */
const MAX_SHOWN = 1000;

/** Undefined if nothing refers to the digest, or if the list is damaged. Throws `UNAVAILABLE` if R2 fails. */
export async function findReferrers(
  context: RequestContext<StoreSettings>,
  subject: Digest,
): Promise<StoredReferrers | undefined> {
  const record = await findAttachedRecord(context, subject);
  const list = record && (await findManifest(context, record.referrers));
  if (!list) return undefined;
  const text = new TextDecoder().decode(list.bytes);
  const entries = parseReferrersIndex(text);
  if (entries) return { entries, list };
  logFailure(`the stored referrers of ${subject} are not an index`, text.slice(0, MAX_SHOWN));
  return undefined;
}
