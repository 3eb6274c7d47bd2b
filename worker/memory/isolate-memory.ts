import type { TagRecord } from "../../protocol/tag-record.ts";
import { BodySlots } from "./body-slots.ts";
import type { Config } from "../settings.ts";
import { LruMap } from "./lru-map.ts";
import type { Manifest } from "../stores/manifests.ts";
import { PullTally } from "../pulls/pull-tally.ts";
import type { WarmTag } from "../registry/warm-tags.ts";

/** An isolate has 128 MB for everything; a manifest of a hundred layers has 25 KB. Bytes. */
const MAX_MANIFEST_BYTES = 8 << 20;
/** Some two thousand tags. Bytes. */
const MAX_TAG_BYTES = 1 << 20;
/** Digests, a revision and times; a bit more than what they take. Bytes. */
const TAG_BYTES = 512;
/** A name, parsed and as a key: a few times what it has as part of the path. Bytes. */
const WARM_TAG_BYTES = 2048;
/** A time and little else. Bytes. */
const TIME_BYTES = 16;

/** Each holds up to half a megabyte of the isolate's 128 MB while its client reads. */
const MAX_FILLS = 32;
/** Each holds a chunk, an eighth of a megabyte, while its client reads. */
const MAX_CHECKS = 128;

/** A blob that no origin had. */
export interface LostBlobMemory {
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** Whether an image is built anew that needs it. */
  readonly isRebuilt: boolean;
}

export interface RememberedTag {
  readonly record: TagRecord;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** What one isolate remembers from request to request. Everything in it may be forgotten at any time. */
export interface IsolateMemory {
  readonly manifests: LruMap<Manifest>;
  readonly tags: LruMap<RememberedTag>;
  /** What was served, by the URL that asked for it. */
  readonly warmTags: LruMap<WarmTag>;
  /** When the tags were last revalidated from here; milliseconds since the epoch. */
  readonly revalidations: LruMap<number>;
  /** The blobs that are put into the colo cache. */
  readonly fills: BodySlots;
  /** The bodies that are checked on their way to a client alone. */
  readonly checks: BodySlots;
  /** What became of blobs that R2 does not have. */
  readonly lostBlobs: LruMap<LostBlobMemory>;
  readonly pulls: PullTally;
  /** KV is not asked before; milliseconds since the epoch. */
  kvRestsUntil: number;
}

const memories = new WeakMap<Config, IsolateMemory>();

/** There is one `Config` in an isolate, and one memory with it. */
export function memoryOf(config: Config): IsolateMemory {
  const known = memories.get(config);
  if (known) return known;
  const memory = {
    manifests: new LruMap<Manifest>(MAX_MANIFEST_BYTES, ({ size }) => size),
    tags: new LruMap<RememberedTag>(MAX_TAG_BYTES, () => TAG_BYTES),
    warmTags: new LruMap<WarmTag>(MAX_TAG_BYTES, () => WARM_TAG_BYTES),
    revalidations: new LruMap<number>(MAX_TAG_BYTES, () => TIME_BYTES),
    fills: new BodySlots(MAX_FILLS),
    checks: new BodySlots(MAX_CHECKS),
    lostBlobs: new LruMap<LostBlobMemory>(MAX_TAG_BYTES, () => TIME_BYTES),
    pulls: new PullTally(),
    kvRestsUntil: 0,
  };
  memories.set(config, memory);
  return memory;
}
