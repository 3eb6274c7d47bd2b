import { lutimes } from "node:fs/promises";

/** A revision whose files are on this machine. */
export interface KeptRevision {
  /** The link or folder that stands for it. */
  readonly path: string;
  readonly usedAtMs: number;
  readonly bytes: number;
  forget(): Promise<void>;
}

/** Builds can still read a revision that was used in this time. */
const IN_USE_MS = 3_600_000;

/** Notes that a revision, or a clone, is used now. */
export async function markUsed(path: string): Promise<void> {
  const now = new Date();
  await lutimes(path, now, now);
}

/** Forgets revisions until the rest has at most `maxBytes`. The revision that was used the longest time ago goes first. */
export async function forgetUnused(kept: readonly KeptRevision[], maxBytes: number, nowMs: number): Promise<void> {
  let bytes = 0;
  for (const revision of kept.toSorted((a, b) => b.usedAtMs - a.usedAtMs)) {
    bytes += revision.bytes;
    if (bytes > maxBytes && nowMs - revision.usedAtMs >= IN_USE_MS) await revision.forget();
  }
}
