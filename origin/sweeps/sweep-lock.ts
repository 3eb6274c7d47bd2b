import { isJsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import { SWEEP_LOCK_KEY, SWEEP_LOCK_MS } from "../../protocol/sweep-state.ts";
import type { MaintainedStore, VersionedObject } from "../stores/maintained-store.ts";

/** Where the lock is, and who wants it. */
export interface LockPlace {
  readonly store: Pick<MaintainedStore, "readVersion" | "replace">;
  /** Nobody else has this name. */
  readonly holder: string;
}

interface LockRecord {
  readonly holder: string;
  readonly renewals: number;
  /** The holder has given the lock away. The object stays: S3 removes without a condition, so it might be another's by then. */
  readonly isReleased: boolean;
}

const VERSION = 1;
/** Those of another version are not large either. */
const MAX_LOCK_BYTES = 65_536;

/**
 * Takes the lock if nobody holds it, or if its holder has died. Returns whether it was taken. `storeTime` tells the store's
 * time, in milliseconds since the epoch.
 */
export async function takeLock({ store, holder }: LockPlace, storeTime: () => Promise<number>): Promise<boolean> {
  const held = await read(store);
  const isFree = !held || parse(held)?.isReleased === true || (await storeTime()) - held.modifiedAt > SWEEP_LOCK_MS;
  return isFree && (await replace(store, { holder, renewals: 0, isReleased: false }, held?.etag));
}

/** Shows that the holder lives. False: somebody else has taken the lock. */
export async function renewLock({ store, holder }: LockPlace): Promise<boolean> {
  const held = await read(store);
  const own = held && ownRecord(held, holder);
  return own !== undefined && (await replace(store, { ...own, renewals: own.renewals + 1 }, held?.etag));
}

/** Gives the lock away, if the holder still has it. */
export async function releaseLock({ store, holder }: LockPlace): Promise<void> {
  const held = await read(store);
  const own = held && ownRecord(held, holder);
  if (own) await replace(store, { ...own, isReleased: true }, held?.etag);
}

function read(store: LockPlace["store"]): Promise<VersionedObject | undefined> {
  return store.readVersion(SWEEP_LOCK_KEY, MAX_LOCK_BYTES);
}

function ownRecord(held: VersionedObject, holder: string): LockRecord | undefined {
  const record = parse(held);
  return record?.holder === holder && !record.isReleased ? record : undefined;
}

/** Undefined for a lock of another version, or a damaged one. Somebody holds it until it is old. */
function parse({ bytes }: VersionedObject): LockRecord | undefined {
  const value = parseJsonObject(bytes.toString());
  if (!isJsonObject(value) || value["version"] !== VERSION) return undefined;
  const { holder, renewals, released: isReleased } = value;
  if (typeof holder !== "string" || typeof renewals !== "number" || typeof isReleased !== "boolean") return undefined;
  return { holder, renewals, isReleased };
}

/** The bytes differ each time, because equal bytes have equal etags. */
function bytesOf({ holder, renewals, isReleased }: LockRecord): Buffer {
  return Buffer.from(JSON.stringify({ version: VERSION, holder, renewals, released: isReleased }));
}

/** The answer to a put may get lost, and its repetition fails then. So the store says what counts. */
async function replace(store: LockPlace["store"], record: LockRecord, etag: string | undefined): Promise<boolean> {
  const bytes = bytesOf(record);
  if (await store.replace(SWEEP_LOCK_KEY, bytes, etag)) return true;
  const held = await read(store);
  return held !== undefined && Buffer.compare(held.bytes, bytes) === 0;
}
