import { isJsonObject } from "../../protocol/json-object.ts";

/** One snapshot of a container's disk. */
export interface Snapshot {
  readonly id: string;
  readonly bytes: number;
  /** When it was taken or restored last. Milliseconds since the epoch. */
  readonly usedAtMs: number;
}

/** What the object remembers of the snapshots of one image. */
export interface SnapshotRecord {
  /** The reference of the image, with its digest. */
  readonly image: string;
  /** How many restores in a row have failed. */
  readonly failures: number;
  readonly snapshot?: Snapshot;
}

const DAY_MS = 86_400_000;
/**
 * Cloudflare keeps a snapshot for 30 days after it was taken or restored. One day less, since clocks differ:
 * https://developers.cloudflare.com/containers/guides/snapshots/
 */
const KEPT_MS = 29 * DAY_MS;
/** The largest disk of a container: https://developers.cloudflare.com/containers/platform/limits/ */
const MAX_BYTES = 20_000_000_000;
const MAX_ID_LENGTH = 1000;
/** A snapshot that cannot be restored costs each start a minute. */
const MAX_FAILURES = 3;

/** Reads what was stored. Another form and a record of another image count as nothing: an upgrade starts afresh. */
export function parseSnapshotRecord(stored: unknown, image: string): SnapshotRecord {
  if (!isJsonObject(stored) || stored["image"] !== image) return { image, failures: 0 };
  const { failures, snapshot } = stored;
  const record = { image, failures: typeof failures === "number" ? failures : 0 };
  const kept = isJsonObject(snapshot) ? checked(snapshot["id"], snapshot["bytes"], snapshot["usedAtMs"]) : undefined;
  return kept === undefined ? record : { ...record, snapshot: kept };
}

/** The snapshot to start from. Undefined if there is none, or Cloudflare may have removed it. */
export function usableSnapshot({ snapshot }: SnapshotRecord, nowMs: number): Snapshot | undefined {
  if (snapshot === undefined) return undefined;
  const ageMs = nowMs - snapshot.usedAtMs;
  return ageMs < KEPT_MS ? snapshot : undefined;
}

/** Whether a new snapshot is of use: not after three failed restores in a row. Another image begins to count anew. */
export function maySave({ failures }: SnapshotRecord): boolean {
  return failures < MAX_FAILURES;
}

/** The record with a new snapshot. Undefined if the id or the size cannot be one. */
export function withSnapshot(
  record: SnapshotRecord,
  { id, size }: { readonly id: string; readonly size: number },
  nowMs: number,
): SnapshotRecord | undefined {
  const snapshot = checked(id, size, nowMs);
  return snapshot && { ...record, snapshot };
}

/** The record while a restore is tried. It counts as failed until it has worked, so a crash does not try it again. */
export function whileRestoring({ image, failures }: SnapshotRecord): SnapshotRecord {
  return { image, failures: failures + 1 };
}

/** The record after a restore that worked. Cloudflare then keeps the snapshot for another 30 days. */
export function afterRestore({ image }: SnapshotRecord, snapshot: Snapshot, nowMs: number): SnapshotRecord {
  return { image, failures: 0, snapshot: { ...snapshot, usedAtMs: nowMs } };
}

/** The record without its snapshot. */
export function withoutSnapshot({ image, failures }: SnapshotRecord): SnapshotRecord {
  return { image, failures };
}

function checked(id: unknown, bytes: unknown, usedAtMs: unknown): Snapshot | undefined {
  if (typeof id !== "string" || id === "" || id.length > MAX_ID_LENGTH) return undefined;
  if (typeof bytes !== "number" || !(bytes >= 0 && bytes <= MAX_BYTES)) return undefined;
  return typeof usedAtMs === "number" ? { id, bytes, usedAtMs } : undefined;
}
