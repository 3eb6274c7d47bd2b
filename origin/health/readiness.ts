import { once } from "node:events";

/** Throws, or takes too long, when the part cannot do its work. */
export type PartCheck = (signal: AbortSignal) => Promise<unknown>;

interface ReadinessOptions {
  /** What builds need, by name. */
  readonly parts: Readonly<Record<string, PartCheck>>;
  /** Milliseconds. */
  readonly now: () => number;
  /** Told why, for the log. */
  readonly onFailure: (part: string, error: unknown) => void;
}

/** Checks start a process and cost a call to R2; anybody may ask for them. */
const MAX_AGE_MS = 10_000;
const TIME_LIMIT_MS = 5000;

/** Tells which parts are not ready, none where builds can be made. Parts are checked at most every ten seconds. */
export function createReadiness({ parts, now, onFailure }: ReadinessOptions): () => Promise<readonly string[]> {
  let last: { readonly at: number; readonly failed: Promise<readonly string[]> } | undefined;

  async function hasFailed(part: string, check: PartCheck): Promise<boolean> {
    try {
      await withinTime(check);
      return false;
    } catch (error) {
      onFailure(part, error);
      return true;
    }
  }

  async function failedParts(): Promise<readonly string[]> {
    const answers = Object.entries(parts).map(async ([part, check]) => ((await hasFailed(part, check)) ? [part] : []));
    return (await Promise.all(answers)).flat();
  }

  return () => {
    if (!last || now() - last.at >= MAX_AGE_MS) last = { at: now(), failed: failedParts() };
    return last.failed;
  };
}

/** A check need not heed the signal. */
async function withinTime(check: PartCheck): Promise<void> {
  const signal = AbortSignal.timeout(TIME_LIMIT_MS);
  const timeIsUp = once(signal, "abort").then(() => signal.throwIfAborted());
  await Promise.race([check(signal), timeIsUp]);
}
