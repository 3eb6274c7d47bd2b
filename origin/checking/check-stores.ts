import { setTimeout } from "node:timers/promises";
import pLimit from "p-limit";
import { keyOfStoredTag } from "../../protocol/storage-keys.ts";
import { parseStoredKey, type StoredKind } from "../../protocol/stored-key.ts";
import type { ListedObject } from "../stores/maintained-store.ts";
import { checkEntries } from "./check-entries.ts";
import { checkIndexEntry, TAG_PREFIX } from "./check-index.ts";
import { type CheckContext, type CheckedStores, checkObject } from "./check-object.ts";
import type { Finding } from "./finding.ts";
import { createKnownObjects } from "./known-objects.ts";
import { readAhead } from "./read-ahead.ts";
import { Suspects } from "./suspects.ts";

export interface CheckOptions extends CheckedStores {
  /** Whether blobs are read. Without it, only their sizes are checked. */
  readonly readsBlobs: boolean;
  /** A finding counts if it is still there after this time: an upload may be under way. Milliseconds. */
  readonly settleMs: number;
  readonly progress: CheckProgress;
  readonly signal: AbortSignal;
}

export interface CheckProgress {
  /** Gets the bytes that are read so far, and those that will be read. */
  readonly onBytes: (done: number, total: number) => void;
  /** Gets the number of findings that are looked at a second time. */
  readonly onSettle: (suspects: number) => void;
}

/** What a check has read and found. */
export interface CheckReport {
  readonly findings: readonly Finding[];
  /** Whether there are more findings. The next run finds them. */
  readonly hasMore: boolean;
  readonly counts: ObjectCounts;
  /** Bytes that were read. */
  readonly bytesRead: number;
}

export interface ObjectCounts {
  /** Our objects in R2, by kind. */
  readonly objects: ReadonlyMap<StoredKind, number>;
  /** Objects in R2 that are not ours. */
  readonly foreign: number;
  /** Entries in KV. */
  readonly entries: number;
}

const CHECKS_AT_ONCE = 16;

/** Looks at all objects in R2 and all entries in KV. Keeps no list of them. Throws `StoreError`. */
export async function checkStores(options: CheckOptions): Promise<CheckReport> {
  const { progress, signal } = options;
  const total = await bytesToRead(options);
  let bytesRead = 0;
  const onBytes = (bytes: number) => progress.onBytes((bytesRead += bytes), total);
  const suspects = new Suspects();
  const counts = await checkAll({ ...options, known: createKnownObjects(options.store), onBytes }, suspects);
  progress.onSettle(suspects.findings.length);
  if (suspects.findings.length > 0) await setTimeout(options.settleMs, undefined, { signal });
  const again = { ...options, known: createKnownObjects(options.store), onBytes: () => {} };
  const findings = await lookAgain(again, suspects.findings);
  return { findings, hasMore: suspects.hasMore, counts, bytesRead };
}

/** Looks at the objects of findings once more. Returns what is still wrong with them. */
export async function lookAgain(context: CheckContext, findings: readonly Finding[]): Promise<readonly Finding[]> {
  const objects = new Map(findings.map((each) => [`${each.place} ${each.key}`, each]));
  const found = await pLimit(CHECKS_AT_ONCE).map([...objects.values()], async ({ place, key }) => {
    if (place === "KV") return lookAtEntry(context, key);
    const head = await context.store.head(key);
    return head ? checkObject(context, { key, size: head.size, modifiedAt: 0 }) : [];
  });
  const wrong = new Map(found.flat().map((each) => [each.message, each]));
  return [...wrong.values()];
}

/** R2's tag is compared with KV's, and says what is wrong with KV's. */
async function lookAtEntry(context: CheckContext, key: string): Promise<readonly Finding[]> {
  const storedKey = key.startsWith(TAG_PREFIX) ? key.replace(TAG_PREFIX, "tags/") : undefined;
  const head = storedKey === undefined ? undefined : await context.store.head(storedKey);
  if (storedKey === undefined || !head) return checkEntry(context, key);
  return checkObject(context, { key: storedKey, size: head.size, modifiedAt: 0 });
}

/** The first entry with this prefix has this key, if there is such an entry. */
async function checkEntry(context: CheckContext, key: string): Promise<readonly Finding[]> {
  for await (const [entry] of context.index.listEntries(key))
    return entry?.key === key ? checkIndexEntry(context, entry) : [];
  return [];
}

async function bytesToRead({ store, readsBlobs, signal }: CheckOptions): Promise<number> {
  let bytes = 0;
  for await (const page of store.list("")) {
    signal.throwIfAborted();
    for (const { key, size } of page) if (readsObject(key, readsBlobs)) bytes += size;
  }
  return bytes;
}

function readsObject(key: string, readsBlobs: boolean): boolean {
  const stored = parseStoredKey(key);
  return stored !== undefined && (readsBlobs || stored.kind !== "blob");
}

async function checkAll(context: CheckContext, suspects: Suspects): Promise<ObjectCounts> {
  const { store, index, known, signal } = context;
  const objects = new Map<StoredKind, number>();
  const slots = pLimit(CHECKS_AT_ONCE);
  let foreign = 0;
  const count = ({ key, size }: ListedObject) => {
    const kind = parseStoredKey(key)?.kind;
    if (kind === undefined) foreign += 1;
    else objects.set(kind, (objects.get(kind) ?? 0) + 1);
    if (kind === "blob" || kind === "manifest" || kind === "contents") known.note(key, size);
  };
  for await (const page of store.list("")) {
    signal.throwIfAborted();
    page.forEach(count);
    const ahead = { ...context, index: await readAhead(index, page.flatMap(copyKeys)) };
    await slots.map([...page], async (object) => suspects.add(await checkObject(ahead, object)));
  }
  return { objects, foreign, entries: await checkEntries(context, suspects) };
}

/** The key of the copy in KV. Only tags have one that is compared. */
function copyKeys({ key }: ListedObject): readonly string[] {
  return parseStoredKey(key)?.kind === "tag" ? [keyOfStoredTag(key)] : [];
}
