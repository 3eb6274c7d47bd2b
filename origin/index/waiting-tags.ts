import type { Architecture } from "../../protocol/image-name.ts";
import { Recent } from "../../protocol/recent.ts";
import { indexedRefKey } from "../../protocol/storage-keys.ts";
import { isCommit } from "../../protocol/tag.ts";
import type { Revision } from "../sources/revision.ts";
import type { ResolveTag } from "../sources/sources.ts";
import { type ObjectStore, putRecord, readRecord } from "../stores/object-store.ts";
import { type NameIndexSettings, settingsText } from "./index-place.ts";
import { indexedRefJson, parseIndexedRef } from "./indexed-ref.ts";
import type { NameIndex } from "./indexed-names.ts";

interface WaitOptions {
  readonly index: Pick<NameIndex, "hasIndex">;
  readonly store: ObjectStore;
  readonly settings: NameIndexSettings;
  /** The architecture whose index counts. */
  readonly architecture: Architecture;
  /** The longest time that a tag waits for an index. */
  readonly timeoutMs: number;
  /** Milliseconds. */
  readonly now: () => number;
  /** Gets a line if a tag moves without an index. */
  readonly onGiveUp: (line: string) => void;
}

/** A repository may have any number of branches. */
const MAX_TAGS = 1000;

/**
 * Resolves tags as `resolve` does. But if a tag has moved to a revision that has no index of names, it gives the last
 * revision with an index, for at most `timeoutMs`. If that revision cannot be had any more, the tag moves at once.
 */
export function waitForIndex(resolve: ResolveTag, options: WaitOptions): ResolveTag {
  const { index, architecture, timeoutMs, now, onGiveUp } = options;
  const refs = createIndexedRefs(resolve, options);
  const waiting = new Recent<Wait>(MAX_TAGS, Infinity, now);

  function mayWait(tag: string, revision: string): boolean {
    const known = waiting.get(tag);
    const wait = known?.revision === revision ? known : { revision, since: now(), isOver: false };
    const isOver = now() - wait.since >= timeoutMs;
    if (isOver && !wait.isOver) onGiveUp(`${tag} moves to ${revision}, which has no index of names yet`);
    waiting.set(tag, { ...wait, isOver });
    return !isOver;
  }

  return async (tag) => {
    const latest = await resolve(tag);
    if (isCommit(tag) || !latest.isExact) return latest;
    if (await index.hasIndex(latest, architecture)) {
      await refs.note(tag, latest);
      return latest;
    }
    const previous = await refs.find(tag);
    return previous && mayWait(tag, latest.revision) ? previous : latest;
  };
}

interface Wait {
  readonly revision: string;
  /** Milliseconds. */
  readonly since: number;
  readonly isOver: boolean;
}

/** The last revision of each tag that had an index. */
function createIndexedRefs(resolve: ResolveTag, { store, settings, now }: WaitOptions) {
  const known = new Recent<Revision>(MAX_TAGS, Infinity, now);
  const keyOf = (tag: string) => indexedRefKey(settingsText(settings, undefined), tag);

  async function read(tag: string): Promise<Revision | undefined> {
    const revision = parseIndexedRef(await readRecord(store, await keyOf(tag)));
    // The source may have lost the revision, or does not accept it as a tag.
    return revision === undefined ? undefined : resolve(revision).catch(() => undefined);
  }

  return {
    async note(tag: string, revision: Revision): Promise<void> {
      const before = known.get(tag);
      known.set(tag, revision);
      if (before?.revision === revision.revision) return;
      await putRecord(store, await keyOf(tag), indexedRefJson(revision.revision));
    },
    async find(tag: string): Promise<Revision | undefined> {
      const revision = known.get(tag) ?? (await read(tag));
      if (revision) known.set(tag, revision);
      return revision;
    },
  };
}
