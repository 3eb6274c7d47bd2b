import type { DigestFilter } from "./digest-filter.ts";
import { type Digest, digestHex, isDigest } from "./digest.ts";
import { isJsonObject } from "./json-object.ts";

/**
 * How far a garbage collection is. All who write names of objects read it, so that no collection removes what they name.
 *
 * 1. The collector lists blobs and manifests that nothing names any more: they are **condemned**. It writes them as a
 *    `DigestFilter` to `condemnedKey(run)`, and then this state.
 * 2. Whoever wants to name a condemned object **pardons** it first. Everybody who did not see the state has written the
 *    names after the time of grace, and the collector looks for names once more.
 * 3. In phase `sweeping`, the collector removes the condemned objects that nobody has pardoned, and that still have no
 *    name. Nobody may name a condemned object in this phase.
 */
export interface SweepState {
  /** Grows with each change of the phase. Another number: what was seen in R2 before may be gone. */
  readonly generation: number;
  readonly phase: SweepPhase;
  /** Names the list of the condemned objects. */
  readonly run: string;
  readonly pardoned: readonly Digest[];
}

export type SweepPhase = "idle" | "condemned" | "sweeping";

/** R2: the `SweepState`. It is changed only if it has not changed since it was read. */
export const SWEEP_STATE_KEY = "gc/state";

/** R2: begins all keys of garbage collections. */
export const SWEEP_PREFIX = "gc/";

/**
 * R2: who runs a collection, or ends one, now. The time of the object says when that one was last alive. Only its holder changes
 * the phase, and removes objects.
 */
export const SWEEP_LOCK_KEY = "gc/lock";

/** R2: an empty object, for a moment. The time when it was put is the time of the store. */
export const SWEEP_CLOCK_KEY = "gc/clock";

/**
 * The holder of the lock may send removals for so long after it has begun to renew the lock, by its own clocks. It breaks off
 * what has no answer then. Milliseconds.
 */
export const SWEEP_LEASE_MS = 60_000;

/**
 * A lock that is so old has no living holder, by the store's clock. It is twice the lease: R2 removes objects without a
 * condition, so what was sent in the lease needs time to arrive. Milliseconds.
 * https://developers.cloudflare.com/r2/api/s3/conditional-operations/
 */
export const SWEEP_LOCK_MS = 2 * SWEEP_LEASE_MS;

/** Bytes. The pardons take most of them. */
export const MAX_SWEEP_STATE_BYTES = 16_777_216;

/** The list of the condemned is made for at most so many. If there are more, it takes more other hashes for members. */
export const MAX_CONDEMNED = 33_554_432;
/** The bytes of the largest list. */
export const MAX_CONDEMNED_BYTES = 67_108_864;

/** R2: the condemned blobs and manifests, as the bytes of a `DigestFilter`. */
export function condemnedKey(run: string): string {
  return `${SWEEP_PREFIX}condemned/${run}`;
}

/** The state before the first collection. */
export const NEVER_SWEPT: SweepState = { generation: 0, phase: "idle", run: "", pardoned: [] };

/** A collection ends in phase `idle`, and keeps no pardons. */
export const MAX_PARDONS = 100_000;

/** What a reader of the state must leave alone: the condemned objects that nobody has pardoned. Empty in phase `idle`. */
export function condemnedAmong(
  { phase, pardoned }: SweepState,
  condemned: DigestFilter | undefined,
  digests: Iterable<Digest>,
): readonly Digest[] {
  if (phase === "idle") return [];
  const pardons = new Set(pardoned);
  return [...new Set(digests)].filter(
    (digest) => !pardons.has(digest) && (condemned === undefined || condemned.has(digestHex(digest))),
  );
}

const VERSION = 1;
const PHASES: readonly SweepPhase[] = ["idle", "condemned", "sweeping"];
const RUN = /^[0-9a-z-]{0,64}$/;

export function sweepStateJson({ generation, phase, run, pardoned }: SweepState): object {
  return { version: VERSION, generation, phase, run, pardoned };
}

/**
 * Undefined if it is no state of a known version. Then nobody may name an object that is in R2 already: a newer
 * collector may remove it.
 */
export function parseSweepState(value: unknown): SweepState | undefined {
  if (!isJsonObject(value) || value["version"] !== VERSION) return undefined;
  const { generation, phase, run, pardoned } = value;
  const knownPhase = PHASES.find((each) => each === phase);
  if (!Number.isSafeInteger(generation) || typeof generation !== "number" || !knownPhase) return undefined;
  if (typeof run !== "string" || !RUN.test(run) || !isDigests(pardoned)) return undefined;
  return { generation, phase: knownPhase, run, pardoned };
}

function isDigests(value: unknown): value is readonly Digest[] {
  return (
    Array.isArray(value) &&
    value.length <= MAX_PARDONS &&
    value.every((each: unknown) => typeof each === "string" && isDigest(each))
  );
}
