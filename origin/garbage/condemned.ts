import { createDigestFilter, type DigestFilter, digestFilterOf, foldedFilter } from "../../protocol/digest-filter.ts";
import { digestHex } from "../../protocol/digest.ts";
import { condemnedKey, MAX_CONDEMNED, MAX_CONDEMNED_BYTES } from "../../protocol/sweep-state.ts";
import { allDone } from "../system/all-done.ts";
import type { MaintainedStore } from "../stores/maintained-store.ts";
import type { Judgement } from "./garbage-of.ts";
import { forEachGarbage, type Sweeping } from "./sweep.ts";

/** What a run wants to remove after the grace. */
export interface Condemned {
  readonly filter: DigestFilter;
  /** When the store got the list. By its clock, in milliseconds since the epoch. */
  readonly at: number;
}

/** What names blobs and manifests, or stands under the digest of a manifest. */
const CONDEMNED_KINDS = ["attached", "contents", "manifest", "blob"] as const;

/** Undefined if there is nothing to condemn. */
export async function condemn(judgement: Judgement & Pick<Sweeping, "alive">): Promise<DigestFilter | undefined> {
  // A power of two, so that the filter can be folded when the number is known.
  const filter = createDigestFilter(Math.min(2 ** Math.ceil(Math.log2(judgement.marks.capacity)), MAX_CONDEMNED));
  let count = 0;
  const listed = CONDEMNED_KINDS.map((kind) =>
    forEachGarbage(judgement, kind, async (page) => {
      count += page.length;
      for (const { parsed } of page) filter.add(digestHex(parsed.digest));
    }),
  );
  await allDone(listed);
  return count === 0 ? undefined : foldedFilter(filter, count);
}

export async function putCondemned(store: MaintainedStore, run: string, { bytes }: DigestFilter): Promise<void> {
  await store.put(condemnedKey(run), { kind: "bytes", bytes }, { contentType: "application/octet-stream" });
}

/** Undefined if the list is missing. */
export async function readCondemned(store: MaintainedStore, run: string): Promise<Condemned | undefined> {
  const version = await store.readVersion(condemnedKey(run), MAX_CONDEMNED_BYTES);
  return version && { filter: digestFilterOf(Uint8Array.from(version.bytes)), at: version.modifiedAt };
}
