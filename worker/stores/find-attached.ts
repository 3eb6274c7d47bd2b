import { trustId } from "../../image/trust/trust-id.ts";
import type { Digest } from "../../protocol/digest.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { attachedKey, trustKey } from "../../protocol/storage-keys.ts";
import { logFailure } from "../answers/errors.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { type AttachedRecord, parseAttachedRecord } from "../../protocol/attached-record.ts";
import { findManifest } from "./manifests.ts";
import { readR2, readSmallObject } from "./r2.ts";
import type { StoreSettings } from "./store-settings.ts";
import { unpackTrust } from "./unpack-trust.ts";

type AttachedContext = RequestContext<StoreSettings>;

/** A record has a version, an etag and three digests. Bytes. */
const MAX_RECORD_BYTES = 4096;

/**
 * Where R2 has what stands beside a manifest. The first request after the origin has signed the image unpacks it: most
 * images are pulled, and few are verified. Undefined if nothing stands there. Throws `UNAVAILABLE` if R2 fails.
 */
export async function findAttachedRecord(
  context: AttachedContext,
  subject: Digest,
): Promise<AttachedRecord | undefined> {
  const { config, tiers } = context;
  const key = await trustKeyOf(context, subject);
  // The look-up has a name of its own in `Server-Timing`.
  return tiers.ask(
    "r2",
    async () => {
      const [file, record] = await Promise.all([
        readR2(config, (r2) => r2.head(key)),
        readRecord(config, attachedKey(subject)),
      ]);
      if (!file || record?.etag === file.etag) return record;
      const unpacked = await unpackTrust(config, key);
      return unpacked.find(({ attachments }) => attachments.subject.digest === subject)?.record;
    },
    { name: "tag-r2" },
  );
}

async function trustKeyOf(context: AttachedContext, subject: Digest): Promise<string> {
  const stored = await findManifest(context, subject);
  return trustKey(await trustId(subject, stored ? new TextDecoder().decode(stored.bytes) : ""));
}

async function readRecord(config: StoreSettings, key: string): Promise<AttachedRecord | undefined> {
  const bytes = await readSmallObject(config, key, MAX_RECORD_BYTES);
  if (!bytes) return undefined;
  const record = parseAttachedRecord(parseJsonObject(new TextDecoder().decode(bytes)));
  if (!record) logFailure(`${key} is damaged, or of another version`, undefined);
  return record;
}
