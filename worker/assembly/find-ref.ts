import { CannotAssemble } from "../../image/assembly/cannot-assemble.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { parseRefRecord, type RefRecord } from "../../protocol/ref-record.ts";
import { refKey } from "../../protocol/storage-keys.ts";
import { isCommit } from "../../protocol/tag.ts";
import { LruMap } from "../memory/lru-map.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import type { AssemblySettings } from "./edge-settings.ts";
import type { EdgeUse } from "./edge-use.ts";
import { readStoredRecord } from "./stored-objects.ts";

/** Bytes. */
const MAX_REF_BYTES = 16_384;
/** An isolate does not read a ref again for this time, as for tags. */
const MEMORY_MS = 5000;
/** Bytes. */
const MAX_REMEMBERED_BYTES = 1 << 20;
/** A record has a revision, a prefix, a hash and settings. Bytes. */
const REF_BYTES = 1024;

interface RememberedRef {
  readonly ref: RefRecord;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

const refsOf = perIsolate<AssemblySettings, LruMap<RememberedRef>>(
  () => new LruMap(MAX_REMEMBERED_BYTES, () => REF_BYTES),
);

/** What the tag of an image stands for. Throws `CannotAssemble` if no origin has said it, or not lately enough. */
export async function findRef(
  config: AssemblySettings,
  { source, tag }: ImageRequest,
  use: EdgeUse,
): Promise<RefRecord> {
  const ref = await readRef(config, await refKey(source, tag));
  if (!ref) throw new CannotAssemble(`no origin has said yet what ${tag} stands for`);
  const age = Date.now() - Date.parse(ref.resolvedAt);
  if (use === "fresh" && !isCommit(tag) && age > config.tagFreshnessMs)
    throw new CannotAssemble(`${tag} may have moved`);
  return ref;
}

async function readRef(config: AssemblySettings, key: string): Promise<RefRecord | undefined> {
  const known = refsOf(config).get(key);
  if (known && Date.now() < known.until) return known.ref;
  const ref = parseRefRecord(await readStoredRecord(config, key, MAX_REF_BYTES));
  if (ref) refsOf(config).set(key, { ref, until: Date.now() + MEMORY_MS });
  return ref;
}
