import pLimit from "p-limit";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import type { MaintainedIndex, MaintainedStore } from "../stores/maintained-store.ts";
import type { CollectionTimes } from "./collection-times.ts";
import { CopyReader } from "./copy-reader.ts";
import { countBlobs } from "./count-blobs.ts";
import { createDigestSet, type DigestSet } from "./digest-set.ts";
import { listKind } from "./listed-objects.ts";
import { markBundles, markIndexes, markLayerList } from "./mark-facts.ts";
import { markAgain, markManifests } from "./mark-manifests.ts";
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
  await markStaying(marking, options.mayRemove);
  if (marking.since > 0) await markNewAttached(marking);
  await markBundles(marking);
  await markIndexes(marking);
  marking.problems.throwIfAny();
  return marking;
}

async function beginMarking(options: MarkOptions): Promise<Marking> {
  const { earlier, store, index } = options;
  const marks = earlier?.marks ?? createMarks(await countBlobs(store));
  const subjects = { contents: await digestsOf(options, "contents"), attached: await digestsOf(options, "attached") };
  const reads = pLimit(READS_AT_ONCE);
  const copies = new CopyReader(store, index, reads);
  return { ...options, since: earlier?.now ?? 0, marks, reads, copies, subjects, problems: new Problems() };
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
 * What stays although nothing names it, such as the manifest of an image that is written now, must stay whole. A manifest
 * that was put since the earlier walk may have been missing then, so it is looked at again.
 */
async function markStaying(marking: Marking, mayRemove: MarkOptions["mayRemove"]): Promise<void> {
  const { store, since, marks, alive } = marking;
  const isMarked = ({ digest }: Dated) => marks.manifests.has(digestHex(digest));
  for await (const page of listKind(store, "manifest")) {
    const manifests = page.map(({ parsed: { digest }, modifiedAt }): Dated => ({ digest, modifiedAt }));
    const news = since > 0 ? manifests.filter((each) => isMarked(each) && each.modifiedAt >= since) : [];
    const staying = manifests.filter((each) => !isMarked(each) && !mayRemove(each));
    await markAgain(marking, digestsIn(news));
    await markManifests(marking, digestsIn(staying));
    await alive();
  }
}

/** A Worker may have written records of attachments again since the earlier walk. */
async function markNewAttached(marking: Marking): Promise<void> {
  const { store, since, marks, alive } = marking;
  for await (const page of listKind(store, "attached")) {
    const news = page.filter((each) => each.modifiedAt >= since && marks.manifests.has(digestHex(each.parsed.digest)));
    await markAgain(
      marking,
      news.map(({ parsed }) => parsed.digest),
    );
    await alive();
  }
}

function digestsIn(manifests: readonly Dated[]): readonly Digest[] {
  return manifests.map(({ digest }) => digest);
}
