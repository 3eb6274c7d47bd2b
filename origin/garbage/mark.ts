import pLimit from "p-limit";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import type { MaintainedIndex, MaintainedStore } from "../stores/maintained-store.ts";
import type { CollectionTimes } from "./collection-times.ts";
import { createDigestSet, type DigestSet } from "./digest-set.ts";
import { listKind } from "./listed-objects.ts";
import { markBundles, markIndexes, markLayerList } from "./mark-facts.ts";
import { markAgain, markManifest } from "./mark-manifests.ts";
import { type DropTags, markRoots } from "./mark-tags.ts";
import { type Alive, type Dated, type Marking, Problems } from "./marking.ts";
import { createMarks } from "./marks.ts";

export interface MarkOptions {
  readonly store: MaintainedStore;
  readonly index: MaintainedIndex;
  readonly times: CollectionTimes;
  /** The store's time, in milliseconds since the epoch. */
  readonly now: number;
  readonly alive: Alive;
  readonly dropTags: DropTags;
  readonly onTagOfKv: Marking["onTagOfKv"];
  /** Whether the collection removes a manifest without a mark. What it does not remove, it marks with all it names. */
  readonly mayRemove: (manifest: Dated) => boolean;
  /** A walk of the same run. Its marks stay, so this walk looks only at what was put since. */
  readonly earlier?: Pick<Marking, "marks" | "now"> | undefined;
}

const READS_AT_ONCE = 32;

/**
 * Walks over everything that is kept. Throws `CollectionError` if an object that names others cannot be read, and
 * `StoreError`.
 */
export async function mark(options: MarkOptions): Promise<Marking> {
  const marking = await beginMarking(options);
  await markLayerList(marking);
  await markRoots(marking, options.dropTags);
  await markNews(marking);
  await markRemaining(marking, options.mayRemove);
  await markBundles(marking);
  await markIndexes(marking);
  marking.problems.throwIfAny();
  return marking;
}

async function beginMarking(options: MarkOptions): Promise<Marking> {
  const { earlier } = options;
  const marks = earlier?.marks ?? createMarks(await countObjects(options));
  const [contents, attached] = [await digestsOf(options, "contents"), await digestsOf(options, "attached")];
  return { ...options, since: earlier?.now ?? 0, marks, subjects: { contents, attached }, problems: new Problems() };
}

/** The objects that the filters have marks for. */
async function countObjects({ store, alive }: MarkOptions): Promise<number> {
  let objects = 0;
  for (const kind of ["blob", "closure", "tree", "tag", "ref"] as const)
    for await (const page of listKind(store, kind)) {
      objects += page.length;
      await alive();
    }
  return objects;
}

/** The digests in the keys of a kind. */
async function digestsOf({ store, alive }: MarkOptions, kind: "contents" | "attached"): Promise<DigestSet> {
  const digests = createDigestSet();
  for await (const page of listKind(store, kind)) {
    for (const { parsed } of page) digests.add(digestHex(parsed.digest));
    await alive();
  }
  return digests;
}

/**
 * Looks again at what was put since the earlier walk: a manifest that was missing then, or a record of attachments that a
 * Worker has written again.
 */
async function markNews(marking: Marking): Promise<void> {
  const { store, since, marks, alive } = marking;
  const limit = pLimit(READS_AT_ONCE);
  for (const kind of ["manifest", "attached"] as const)
    for await (const page of listKind(store, kind)) {
      const news = page.filter(
        (each) => each.modifiedAt >= since && marks.manifests.has(digestHex(each.parsed.digest)),
      );
      if (since > 0) await Promise.all(news.map(({ parsed }) => limit(() => markAgain(marking, parsed.digest))));
      await alive();
    }
}

/** What stays although nothing names it, such as the manifest of an image that is written now, must stay whole. */
async function markRemaining(marking: Marking, mayRemove: MarkOptions["mayRemove"]): Promise<void> {
  const limit = pLimit(READS_AT_ONCE);
  const stays = (digest: Digest, modifiedAt: number) =>
    !marking.marks.manifests.has(digestHex(digest)) && !mayRemove({ digest, modifiedAt });
  for await (const page of listKind(marking.store, "manifest")) {
    const staying = page.filter(({ parsed, modifiedAt }) => stays(parsed.digest, modifiedAt));
    await Promise.all(staying.map(({ parsed }) => limit(() => markManifest(marking, parsed.digest))));
    await marking.alive();
  }
}
