import { once } from "node:events";
import { OciError } from "../../protocol/oci-error.ts";

/** Throws or takes too long if the part cannot do its work. */
export type PartCheck = (signal: AbortSignal) => Promise<unknown>;

interface ReadinessOptions {
  /** The parts that builds need, by name. */
  readonly parts: Readonly<Record<string, PartCheck>>;
  /** Milliseconds. */
  readonly now: () => number;
  /** Called for each failed check. */
  readonly onFailure: (part: string, error: unknown) => void;
}

/** Anyone may ask for a check, and a check starts a process and calls R2. So an answer serves for this time. */
const MAX_AGE_MS = 10_000;
const TIME_LIMIT_MS = 5000;

/**
 * Returns a function that lists the parts that are not ready. It checks them at most every ten seconds. An `OciError` is
 * meant for people, so its message stands behind the name of its part.
 */
export function createReadiness({ parts, now, onFailure }: ReadinessOptions): () => Promise<readonly string[]> {
  let last: { readonly at: number; readonly failed: Promise<readonly string[]> } | undefined;

  async function failureOf(part: string, check: PartCheck): Promise<readonly string[]> {
    try {
      await withinTime(check);
      return [];
    } catch (error) {
      onFailure(part, error);
      return [error instanceof OciError ? `${part} (${error.message})` : part];
    }
  }

  async function failedParts(): Promise<readonly string[]> {
    const answers = Object.entries(parts).map(([part, check]) => failureOf(part, check));
    return (await Promise.all(answers)).flat();
  }

  return () => {
    if (!last || now() - last.at >= MAX_AGE_MS) last = { at: now(), failed: failedParts() };
    return last.failed;
  };
}

/** Ends after the time limit, even if the check ignores the signal. */
async function withinTime(check: PartCheck): Promise<void> {
  const signal = AbortSignal.timeout(TIME_LIMIT_MS);
  const timeIsUp = once(signal, "abort").then(() => signal.throwIfAborted());
  await Promise.race([check(signal), timeIsUp]);
}
