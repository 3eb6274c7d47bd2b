import { type DigestFilter, digestFilterOf } from "../../protocol/digest-filter.ts";
import type { Digest } from "../../protocol/digest.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import {
  condemnedAmong,
  condemnedKey,
  NEVER_SWEPT,
  parseSweepState,
  SWEEP_STATE_KEY,
  type SweepState,
} from "../../protocol/sweep-state.ts";
import { LruMap } from "../memory/lru-map.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { readR2 } from "./r2.ts";
import type { StoreSettings } from "./store-settings.ts";

type Settings = Pick<StoreSettings, "r2">;

/** What a garbage collection is about to remove, as it was when the Worker looked. */
export interface SeenSweep {
  /** With another generation, what was seen in R2 before may be gone. */
  readonly generation: number;
  /** Those of the objects that must not get a name now. */
  condemned(digests: Iterable<Digest>): readonly Digest[];
}

/** Some thirteen thousand pardons. Bytes. */
const MAX_STATE_BYTES = 1 << 20;
/** The filter of two million condemned objects. Bytes. */
const MAX_FILTER_BYTES = 4 << 20;

/** The condemned objects of the last run, by the run. They never change. */
const filtersOf = perIsolate<R2Bucket, LruMap<DigestFilter>>(
  () => new LruMap(MAX_FILTER_BYTES + 1024, ({ bytes }) => bytes.length),
);

/**
 * Reads how far a garbage collection is. Undefined if nobody can tell: it is of a newer version, damaged, or too large. Then
 * nothing in R2 may get a name. Throws `UNAVAILABLE` if R2 fails.
 */
export async function readSweep(config: Settings): Promise<SeenSweep | undefined> {
  const stored = await readBounded(config, SWEEP_STATE_KEY, MAX_STATE_BYTES);
  if (stored === "too large") return undefined;
  const state = stored ? parseSweepState(parseJsonObject(new TextDecoder().decode(stored))) : NEVER_SWEPT;
  if (!state) return undefined;
  if (state.phase === "idle") return seenSweep(state, undefined);
  const condemned = await readCondemned(config, state.run);
  return condemned && seenSweep(state, condemned);
}

function seenSweep(state: SweepState, filter: DigestFilter | undefined): SeenSweep {
  return { generation: state.generation, condemned: (digests) => condemnedAmong(state, filter, digests) };
}

async function readCondemned(config: Settings, run: string): Promise<DigestFilter | undefined> {
  const filters = filtersOf(config.r2);
  const known = filters.get(run);
  if (known) return known;
  const bytes = await readBounded(config, condemnedKey(run), MAX_FILTER_BYTES);
  if (!bytes || bytes === "too large") return undefined;
  const filter = digestFilterOf(bytes);
  filters.set(run, filter);
  return filter;
}

async function readBounded(
  config: Settings,
  key: string,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | "too large" | undefined> {
  return readR2(config, async (r2) => {
    const object = await r2.get(key);
    if (!object) return undefined;
    if (object.size <= maxBytes) return new Uint8Array(await object.arrayBuffer());
    await object.body.cancel();
    return "too large";
  });
}
