import { manifestCacheKey } from "../../protocol/storage-keys.ts";
import type { MaintainedIndex } from "../stores/maintained-store.ts";
import { isGarbage, type Judgement, SWEEP_ORDER, type SweptKind } from "./garbage-of.ts";
import { listKind, type OwnObject } from "./listed-objects.ts";
import type { Alive } from "./marking.ts";
import type { Tally } from "./tally.ts";

export interface Sweeping extends Judgement {
  readonly index: MaintainedIndex;
  readonly alive: Alive;
  readonly tally: Tally;
  readonly onKind?: (done: number, total: number) => void;
}

/** Removes all garbage: names before what they name, and from KV before R2. Throws `StoreError`. */
export async function sweep(sweeping: Sweeping): Promise<void> {
  const { store, index, alive, tally, onKind } = sweeping;
  await forEachGarbage(sweeping, "manifest", async (page) => {
    await index.remove(page.map(({ parsed }) => manifestCacheKey(parsed.digest)));
  });
  for (const [done, kind] of SWEEP_ORDER.entries()) {
    onKind?.(done, SWEEP_ORDER.length);
    await inBackground((remove) =>
      forEachGarbage(sweeping, kind, (page) =>
        remove(async () => {
          await alive();
          await store.remove(page.map(({ key }) => key));
          tally.add(kind, page);
        }),
      ),
    );
  }
  onKind?.(SWEEP_ORDER.length, SWEEP_ORDER.length);
}

/** Begins a piece of work when the one before has ended. Throws what that one threw. */
type BeginNext = (piece: () => Promise<void>) => Promise<void>;

/** Runs pieces of work one after the other, while the next one is prepared. Ends with the last one. */
async function inBackground(prepare: (next: BeginNext) => Promise<void>): Promise<void> {
  let running = Promise.resolve();
  try {
    await prepare(async (piece) => {
      await running;
      running = piece();
      // The next piece or the end waits for this one, and gets its error then.
      running.catch(() => {});
    });
  } finally {
    await running;
  }
}

/** Counts all garbage, and removes nothing. */
export async function countGarbage(sweeping: Omit<Sweeping, "index">): Promise<void> {
  for (const kind of SWEEP_ORDER) await forEachGarbage(sweeping, kind, async (page) => sweeping.tally.add(kind, page));
}

/** Gives the garbage of a kind, by page. No page is empty. */
export async function forEachGarbage<K extends SweptKind>(
  judgement: Judgement & Pick<Sweeping, "alive">,
  kind: K,
  take: (page: readonly OwnObject<K>[]) => Promise<void>,
): Promise<void> {
  for await (const page of listKind(judgement.store, kind)) {
    await judgement.alive();
    const judge = async (object: OwnObject<K>) => ((await isGarbage(judgement, object)) ? [object] : []);
    const garbage = (await Promise.all(page.map(judge))).flat();
    if (garbage.length > 0) await take(garbage);
  }
}
