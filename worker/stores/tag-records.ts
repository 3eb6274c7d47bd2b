import type { ImageRequest } from "../../protocol/image-request.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { storedTagKey, tagKey } from "../../protocol/storage-keys.ts";
import { parseTagRecord, type TagRecord } from "../../protocol/tag-record.ts";
import type { Config } from "../settings.ts";
import { logFailure } from "../answers/errors.ts";
import { memoryOf } from "../memory/isolate-memory.ts";
import { readKv } from "./kv.ts";
import { readR2 } from "./r2.ts";
import type { RequestContext } from "../requests/request-context.ts";

/** So long an isolate does not look again where a tag points; KV itself is up to a minute behind. */
const MEMORY_MS = 5000;

/** What a tag stands for, as the nearest tier has it; it may be old. Undefined where no build has ended yet. */
export async function findTagRecord(context: RequestContext, image: ImageRequest): Promise<TagRecord | undefined> {
  const { config, tiers } = context;
  const key = await tagKey(image);
  const remembered = await tiers.ask("memory", async () => recallTag(config, key), "tag-memory");
  if (remembered) return remembered;
  const record =
    (await tiers.ask("kv", () => readCached(config, key), "tag-kv")) ??
    (await tiers.ask("r2", () => readStored(config, image), "tag-r2"));
  if (record) rememberTag(config, key, record);
  return record;
}

/** Keeps a record that was just read or made. */
export function rememberTag(config: Config, key: string, record: TagRecord): void {
  memoryOf(config).tags.set(key, { record, until: Date.now() + MEMORY_MS });
}

/** A record that was read or made a moment ago. */
export function recallTag(config: Config, key: string): TagRecord | undefined {
  const remembered = memoryOf(config).tags.get(key);
  return remembered && Date.now() < remembered.until ? remembered.record : undefined;
}

async function readCached(config: Config, key: string): Promise<TagRecord | undefined> {
  return toRecord(await readKv(config, key, (kv) => kv.get(key)));
}

/** R2 answers while KV is down, and in the minute in which KV goes on missing what it missed before the build. */
async function readStored(config: Config, image: ImageRequest): Promise<TagRecord | undefined> {
  const key = await storedTagKey(image);
  try {
    return toRecord(await readR2(config, async (r2) => (await r2.get(key))?.text()));
  } catch (error) {
    // The origin may still know the image.
    logFailure(`R2 did not answer for ${key}`, error);
    return undefined;
  }
}

/** Undefined also for a record that is broken: a build then writes it anew. */
function toRecord(text: string | null | undefined): TagRecord | undefined {
  return parseTagRecord(parseJsonObject(text ?? "")) ?? undefined;
}
