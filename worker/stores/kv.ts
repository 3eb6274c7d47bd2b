import { logFailure } from "../answers/errors.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { within } from "../requests/time-limit.ts";
import type { StoreSettings } from "./store-settings.ts";

/** Usually KV takes a few milliseconds, and 100 or 200 for what it has to fetch from afar. */
const TIME_LIMIT_MS = 2000;
/** After a failure KV is spared so long, and requests the wait for it. */
const REST_MS = 10_000;

/** KV is not asked before this time; milliseconds since the epoch. */
const restOf = perIsolate<StoreSettings, { untilMs: number }>(() => ({ untilMs: 0 }));

/** Reads from KV. Null for what it does not have, and where it fails or is slow: R2 has all that KV has. */
export async function readKv<T>(
  config: StoreSettings,
  key: string,
  read: (kv: KVNamespace) => Promise<T | null>,
): Promise<T | null> {
  const rest = restOf(config);
  if (Date.now() < rest.untilMs) return null;
  try {
    const found = await within(TIME_LIMIT_MS, read(config.kv));
    if (found === undefined) throw new Error(`no answer within ${TIME_LIMIT_MS} ms`);
    return found;
  } catch (error) {
    rest.untilMs = Date.now() + REST_MS;
    logFailure(`KV did not answer for ${key}`, error);
    return null;
  }
}
