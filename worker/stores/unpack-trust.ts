import type { JsonContent } from "../../image/referrers/json-content.ts";
import { type Attachments, attachmentsOf } from "../../image/trust/attachments.ts";
import { decodeTrust, MAX_TRUST_FILE_BYTES } from "../../image/trust/trust-file.ts";
import type { Digest } from "../../protocol/digest.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { attachedKey, blobKey, manifestKey } from "../../protocol/storage-keys.ts";
import { BLOB_MEDIA_TYPE } from "../answers/content.ts";
import { logFailure } from "../answers/errors.ts";
import { type AttachedRecord, attachedRecordJson } from "../../protocol/attached-record.ts";
import { readR2 } from "./r2.ts";
import { readSweep } from "./read-sweep.ts";
import type { StoreSettings } from "./store-settings.ts";

type Settings = Pick<StoreSettings, "r2">;

/** Workers have six connections at a time: https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections */
const WRITES_AT_ONCE = 6;

const SWEEPING =
  "a garbage collection removes old images now, and what stands beside this one cannot be written; ask again in an hour";

/** What was unpacked for one manifest. */
export interface Unpacked {
  readonly attachments: Attachments;
  readonly record: AttachedRecord;
}

/**
 * Writes what a trust file stands for, in the forms that clients read: blobs, then the manifests that name them, then the
 * records that lead there. So a reader never finds half of it. Empty if the file is missing or damaged. Throws
 * `UNAVAILABLE` if R2 fails, or if a garbage collection is about to remove a part of it.
 */
export async function unpackTrust(config: Settings, key: string): Promise<readonly Unpacked[]> {
  const [stored, sweep] = await Promise.all([readTrust(config, key), readSweep(config)]);
  if (!stored) return [];
  const all = await readAttachments(key, stored.bytes);
  if (!sweep || sweep.condemned(all.flatMap(namesOf)).length > 0) throw new OciError("UNAVAILABLE", SWEEPING);
  const unpacked = all.map((attachments) => ({ attachments, record: recordOf(attachments, stored.etag) }));
  await readR2(config, (r2) => writeAll(r2, unpacked));
  return unpacked;
}

interface StoredTrust {
  readonly etag: string;
  /** Empty if the file is too large. */
  readonly bytes: Uint8Array;
}

async function readTrust(config: Settings, key: string): Promise<StoredTrust | undefined> {
  return readR2(config, async (r2) => {
    const object = await r2.get(key);
    if (!object) return undefined;
    const { etag, size } = object;
    if (size <= MAX_TRUST_FILE_BYTES) return { etag, bytes: new Uint8Array(await object.arrayBuffer()) };
    await object.body.cancel();
    return { etag, bytes: new Uint8Array() };
  });
}

/** The manifest, and all that is written for it. */
function namesOf({ subject, artifacts, referrers }: Attachments): readonly Digest[] {
  const written = artifacts.flatMap(({ manifest, blobs }) => [manifest, ...blobs]);
  return [subject, referrers, ...written].map(({ digest }) => digest);
}

async function readAttachments(key: string, bytes: Uint8Array): Promise<readonly Attachments[]> {
  try {
    const record = await decodeTrust(bytes);
    if (record) return await attachmentsOf(record);
    logFailure(`${key} is damaged, or of another version`, { bytes: bytes.length });
  } catch (error) {
    logFailure(`${key} is damaged`, error);
  }
  return [];
}

function recordOf({ referrers, signatures, attestations }: Attachments, etag: string): AttachedRecord {
  return {
    etag,
    referrers: referrers.digest,
    ...(signatures && { signatures: signatures.digest }),
    ...(attestations && { attestations: attestations.digest }),
  };
}

async function writeAll(r2: R2Bucket, unpacked: readonly Unpacked[]): Promise<void> {
  const all = unpacked.map(({ attachments }) => attachments);
  const artifacts = all.flatMap((each) => each.artifacts);
  const blobs = distinct(artifacts.flatMap((each) => each.blobs));
  const manifests = distinct([...artifacts.map(({ manifest }) => manifest), ...all.map(({ referrers }) => referrers)]);
  await inBatches(blobs, ({ digest, json }) => put(r2, blobKey(digest), json, BLOB_MEDIA_TYPE));
  await inBatches(manifests, ({ digest, json, mediaType }) => put(r2, manifestKey(digest), json, mediaType));
  await inBatches(unpacked, ({ attachments: { subject }, record }) =>
    put(r2, attachedKey(subject.digest), JSON.stringify(attachedRecordJson(record)), "application/json"),
  );
}

function distinct(contents: readonly JsonContent[]): readonly JsonContent[] {
  return [...new Map(contents.map((content) => [content.digest, content])).values()];
}

async function put(r2: R2Bucket, key: string, text: string, contentType: string): Promise<unknown> {
  return r2.put(key, text, { httpMetadata: { contentType } });
}

async function inBatches<T>(items: readonly T[], write: (item: T) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += WRITES_AT_ONCE)
    await Promise.all(items.slice(start, start + WRITES_AT_ONCE).map(write));
}
