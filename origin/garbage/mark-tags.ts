import { hash } from "node:crypto";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { keyOfStoredTag, revisionWord, storedKeyOfTag } from "../../protocol/storage-keys.ts";
import { parseStoredKey, type StoredTagKey } from "../../protocol/stored-key.ts";
import { parseTagRecord, type TagRecord } from "../../protocol/tag-record.ts";
import { isTagKept, isYoung, pulledMs } from "./collection-times.ts";
import type { ReadText } from "./copy-reader.ts";
import { createDigestSet, type DigestSet } from "./digest-set.ts";
import { listKind, type OwnObject } from "./listed-objects.ts";
import { markManifests } from "./mark-manifests.ts";
import type { Marking } from "./marking.ts";
import { Unreadable } from "./read-object.ts";

/** A tag that is too old, by its key in R2. */
export interface OldTag {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/** Gets the tags that are too old, by page. Undefined: every tag is kept. */
export type DropTags = ((tags: readonly OldTag[]) => Promise<void>) | undefined;

/** Bytes. A tag of a list says why it lacks an architecture. */
const MAX_TAG_BYTES = 65_536;
const KV_PREFIX = "tag/";

/** Marks what was pulled lately, and what tags lead to. */
export async function markRoots(marking: Marking, dropTags: DropTags): Promise<void> {
  const pulls = await markPulled(marking);
  const tagsInR2 = createDigestSet();
  for await (const page of listKind(marking.store, "tag")) {
    for (const { key } of page) tagsInR2.add(hash("sha256", key));
    // The earlier walk has marked the older ones.
    const news = page.filter(({ modifiedAt }) => modifiedAt >= marking.since);
    const old = await markTags(marking, news, { pulls, keepsAll: !dropTags });
    await dropTags?.(old);
    await marking.alive();
  }
  await markTagsOfKv(marking, tagsInR2);
}

interface Pulls {
  readonly lately: DigestSet;
  readonly ever: DigestSet;
}

/** What was pulled lately is kept, with or without a tag. */
async function markPulled(marking: Marking): Promise<Pulls> {
  const { store, now, since, times } = marking;
  const pulls = { lately: createDigestSet(), ever: createDigestSet() };
  for await (const page of listKind(store, "pulled")) {
    const lately = page.filter(({ modifiedAt }) => isYoung(modifiedAt, now, pulledMs(times)));
    for (const { parsed } of page) pulls.ever.add(digestHex(parsed.digest));
    for (const { parsed } of lately) pulls.lately.add(digestHex(parsed.digest));
    const news = lately.filter(({ modifiedAt }) => modifiedAt >= since);
    await markManifests(
      marking,
      news.map(({ parsed }) => parsed.digest),
    );
    await marking.alive();
  }
  return pulls;
}

interface TagsToMark {
  readonly pulls: Pulls;
  readonly keepsAll: boolean;
}

/** Returns the tags that are too old. */
async function markTags(
  marking: Marking,
  tags: readonly OwnObject<"tag">[],
  { pulls, keepsAll }: TagsToMark,
): Promise<readonly OldTag[]> {
  const { copies, now, times, problems } = marking;
  const old: OldTag[] = [];
  const roots: Digest[] = [];
  await copies.forEach(tags.map(copiedTag), MAX_TAG_BYTES, async ({ key, size, modifiedAt, parsed }, read) => {
    const record = await readTag(key, read).catch(problems.note);
    if (!record) return;
    const isAmong = (set: DigestSet) => manifestsOf(record).some((digest) => set.has(digestHex(digest)));
    const age = { modifiedAt, isPulled: isAmong(pulls.lately), wasEverPulled: isAmong(pulls.ever) };
    if (!keepsAll && !isTagKept(age, now, times)) old.push({ key, size });
    else roots.push(...(await markNames(marking, parsed, record)));
  });
  await markManifests(marking, roots);
  return old;
}

function copiedTag(tag: OwnObject<"tag">) {
  const isCopy = (text: string) => hash("md5", text) === tag.md5;
  return { ...tag, copyKey: keyOfStoredTag(tag.key), isCopy };
}

async function readTag(key: string, read: ReadText): Promise<TagRecord | undefined> {
  const text = await read();
  return text === undefined ? undefined : parseTag(key, text);
}

/** Throws `Unreadable`. `key`: where the record is, for messages. */
function parseTag(key: string, text: string): TagRecord {
  const record = parseTagRecord(parseJsonObject(text));
  if (!record) throw new Unreadable(key);
  return record;
}

/** Returns the manifests that the tag leads to. */
async function markNames(
  { marks: { names } }: Marking,
  { source, tag }: StoredTagKey,
  record: TagRecord,
): Promise<readonly Digest[]> {
  names.add("source-tag", `${source}/${tag}`);
  names.add("tag", tag);
  names.add("revision", await revisionWord(record.revision));
  return manifestsOf(record);
}

function manifestsOf({ manifests: { oci, docker } }: TagRecord): readonly Digest[] {
  return [oci, docker];
}

/**
 * A tag is written to R2 first. If KV has one that R2 lacks, somebody wrote it while a collection dropped it. It is kept, and
 * the next collection knows its age, because it gets its copy in R2 again.
 */
async function markTagsOfKv(marking: Marking, tagsInR2: DigestSet): Promise<void> {
  for await (const page of marking.index.list(KV_PREFIX)) {
    const alone = page.filter((key) => !tagsInR2.has(hash("sha256", storedKeyOfTag(key))));
    for (const [key, text] of await marking.index.readMany(alone))
      await markTagOfKv(marking, key, text).catch(marking.problems.note);
    await marking.alive();
  }
}

async function markTagOfKv(marking: Marking, key: string, text: string): Promise<void> {
  const storedKey = storedKeyOfTag(key);
  const parsed = parseStoredKey(storedKey);
  if (parsed?.kind !== "tag" || keyOfStoredTag(storedKey) !== key) return;
  const record = parseTag(`${key} in KV`, text);
  await markManifests(marking, await markNames(marking, parsed, record));
  await marking.onTagOfKv(storedKey, text);
}
