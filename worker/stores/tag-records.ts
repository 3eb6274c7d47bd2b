import { parseJsonObject } from "../../protocol/json-object.ts";
import { storedKeyOfTag } from "../../protocol/storage-keys.ts";
import { parseTagRecord, type TagRecord } from "../../protocol/tag-record.ts";
import { logFailure } from "../answers/errors.ts";
import { LruMap } from "../memory/lru-map.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { readKv } from "./kv.ts";
import { readR2 } from "./r2.ts";
import type { RequestContext } from "../requests/request-context.ts";
import type { RequestedImage } from "../requests/requested-image.ts";
import type { StoreSettings } from "./store-settings.ts";

/** An isolate does not read a tag's record again for this time. KV itself is up to a minute behind. */
const MEMORY_MS = 5000;
/** Enough for about 2,000 tags. Bytes. */
const MAX_TAG_BYTES = 1 << 20;
/** A record has two digests, a revision and times. They take a little less. Bytes. */
const TAG_BYTES = 512;
/** A text takes at most two bytes for each UTF-16 unit. */
const UNIT_BYTES = 2;

interface RememberedTag {
  readonly record: TagRecord;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** The records that were just read or made, by tag key. */
export const tagsOf = perIsolate<StoreSettings, LruMap<RememberedTag>>(
  () => new LruMap(MAX_TAG_BYTES, ({ record }) => TAG_BYTES + reasonBytes(record)),
);

/** A list's record also says why architectures are left out. Nothing limits these texts. */
function reasonBytes({ leftOut = [] }: TagRecord): number {
  return UNIT_BYTES * leftOut.reduce((sum, { reason }) => sum + reason.length, 0);
}

/** The record of a tag from the nearest tier that has it. It may be old. Undefined if no build has ended yet. */
export async function findTagRecord(
  context: RequestContext<StoreSettings>,
  { tagKey: key }: Pick<RequestedImage, "tagKey">,
): Promise<TagRecord | undefined> {
  const { config, tiers } = context;
  const remembered = await tiers.ask("memory", async () => recallTag(config, key), { name: "tag-memory" });
  if (remembered) return remembered;
  const record =
    (await tiers.ask("kv", () => readCached(config, key), { name: "tag-kv" })) ??
    (await tiers.ask("r2", () => readStored(config, storedKeyOfTag(key)), { name: "tag-r2" }));
  if (record) rememberTag(config, key, record);
  return record;
}

/** Keeps a record that was just read or made. */
export function rememberTag(config: StoreSettings, key: string, record: TagRecord): void {
  tagsOf(config).set(key, { record, until: Date.now() + MEMORY_MS });
}

/** A record that was read or made a moment ago. */
export function recallTag(config: StoreSettings, key: string): TagRecord | undefined {
  const remembered = tagsOf(config).get(key);
  return remembered && Date.now() < remembered.until ? remembered.record : undefined;
}

async function readCached(config: StoreSettings, key: string): Promise<TagRecord | undefined> {
  return toRecord(await readKv(config, key, (kv) => kv.get(key)));
}

/** R2 answers while KV is down. It also answers in the minute after a build in which KV may not show the record. */
async function readStored(config: StoreSettings, key: string): Promise<TagRecord | undefined> {
  try {
    return toRecord(await readR2(config, async (r2) => (await r2.get(key))?.text()));
  } catch (error) {
    // The origin may still know the image.
    logFailure(`R2 did not answer for ${key}`, error);
    return undefined;
  }
}

/** Also undefined for a broken record: a build then writes it anew. */
function toRecord(text: string | null | undefined): TagRecord | undefined {
  return parseTagRecord(parseJsonObject(text ?? "")) ?? undefined;
}
