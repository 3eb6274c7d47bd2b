import { env } from "cloudflare:workers";
import { createDigestFilter } from "../../protocol/digest-filter.ts";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import {
  condemnedKey,
  NEVER_SWEPT,
  SWEEP_STATE_KEY,
  type SweepState,
  sweepStateJson,
} from "../../protocol/sweep-state.ts";

/** Writes how far a new garbage collection is, and what it is about to remove. Returns the key of the condemned. */
export async function storeCollection(change: Partial<SweepState>, condemned: readonly Digest[] = []): Promise<string> {
  const run = crypto.randomUUID();
  const filter = createDigestFilter(condemned.length);
  for (const digest of condemned) filter.add(digestHex(digest));
  await env.R2.put(condemnedKey(run), filter.bytes);
  await env.R2.put(SWEEP_STATE_KEY, JSON.stringify(sweepStateJson({ ...NEVER_SWEPT, run, ...change })));
  return condemnedKey(run);
}
