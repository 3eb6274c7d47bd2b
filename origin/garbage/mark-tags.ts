import { hash } from "node:crypto";
import pLimit from "p-limit";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { keyOfStoredTag, revisionWord, storedKeyOfTag } from "../../protocol/storage-keys.ts";
import { parseStoredKey, type StoredTagKey } from "../../protocol/stored-key.ts";
import { parseTagRecord, type TagRecord } from "../../protocol/tag-record.ts";
import { isTagKept, isYoung, pulledMs } from "./collection-times.ts";
import { createDigestSet, type DigestSet } from "./digest-set.ts";
import { listKind, type OwnObject } from "./listed-objects.ts";
import { markManifest } from "./mark-manifests.ts";
import type { Marking } from "./marking.ts";
import { readParsed, Unreadable } from "./read-object.ts";

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
const READS_AT_ONCE = 32;
const KV_PREFIX = "tag/";

/** Marks what was pulled lately, and what tags lead to. */
export async function markRoots(marking: Marking, dropTags: DropTags): Promise<void> {
  const pulls = await markPulled(marking);
  const tagsInR2 = createDigestSet();
  const limit = pLimit(READS_AT_ONCE);
  for await (const page of listKind(marking.store, "tag")) {
    for (const { key } of page) tagsInR2.add(hash("sha256", key));
    const old = await Promise.all(
      page.map((tag) => limit(() => markTag(marking, { tag, pulls, keepsAll: !dropTags }))),
    );
    await dropTags?.(old.flatMap((tag) => tag ?? []));
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
  const limit = pLimit(READS_AT_ONCE);
  for await (const page of listKind(store, "pulled")) {
    const lately = page.filter(({ modifiedAt }) => isYoung(modifiedAt, now, pulledMs(times)));
    for (const { parsed } of page) pulls.ever.add(digestHex(parsed.digest));
    for (const { parsed } of lately) pulls.lately.add(digestHex(parsed.digest));
    const news = lately.filter(({ modifiedAt }) => modifiedAt >= since);
    await Promise.all(news.map(({ parsed }) => limit(() => markManifest(marking, parsed.digest))));
    await marking.alive();
  }
  return pulls;
}

interface TagToMark {
  readonly tag: OwnObject<"tag">;
  readonly pulls: Pulls;
  readonly keepsAll: boolean;
}

/** Returns the tag if it is too old. */
async function markTag(marking: Marking, { tag, pulls, keepsAll }: TagToMark): Promise<OldTag | undefined> {
  const { store, now, times, problems } = marking;
  const { key, size, modifiedAt, parsed } = tag;
  const record = await readParsed(store, { key, maxBytes: MAX_TAG_BYTES }, parseTagRecord).catch(problems.note);
  if (!record) return undefined;
  const isAmong = (set: DigestSet) => manifestsOf(record).some((digest) => set.has(digestHex(digest)));
  const age = { modifiedAt, isPulled: isAmong(pulls.lately), wasEverPulled: isAmong(pulls.ever) };
  if (!keepsAll && !isTagKept(age, now, times)) return { key, size };
  await markKept(marking, parsed, record);
  return undefined;
}

async function markKept(marking: Marking, { source, tag }: StoredTagKey, record: TagRecord): Promise<void> {
  const { names } = marking.marks;
  names.add("source-tag", `${source}/${tag}`);
  names.add("tag", tag);
  names.add("revision", await revisionWord(record.revision));
  for (const digest of manifestsOf(record)) await markManifest(marking, digest);
}

function manifestsOf({ manifests: { oci, docker } }: TagRecord): readonly Digest[] {
  return [oci, docker];
}

/**
 * A tag is written to R2 first. If KV has one that R2 lacks, somebody wrote it while a collection dropped it. It is kept, and
 * the next collection knows its age, because it gets its copy in R2 again.
 */
async function markTagsOfKv(marking: Marking, tagsInR2: DigestSet): Promise<void> {
  const limit = pLimit(READS_AT_ONCE);
  for await (const page of marking.index.list(KV_PREFIX)) {
    const alone = page.filter((key) => !tagsInR2.has(hash("sha256", storedKeyOfTag(key))));
    await Promise.all(alone.map((key) => limit(() => markTagOfKv(marking, key).catch(marking.problems.note))));
    await marking.alive();
  }
}

async function markTagOfKv(marking: Marking, key: string): Promise<void> {
  const storedKey = storedKeyOfTag(key);
  const parsed = parseStoredKey(storedKey);
  if (parsed?.kind !== "tag" || keyOfStoredTag(storedKey) !== key) return;
  const text = await marking.index.read(key);
  if (text === undefined) return;
  const record = parseTagRecord(parseJsonObject(text));
  if (!record) throw new Unreadable(`${key} in KV`);
  await markKept(marking, parsed, record);
  await marking.onTagOfKv(storedKey, text);
}
