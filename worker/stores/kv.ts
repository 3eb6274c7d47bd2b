import { logFailure } from "../answers/errors.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { within } from "../requests/time-limit.ts";
import type { StoreSettings } from "./store-settings.ts";

/** KV usually takes a few milliseconds, or 100 to 200 ms for an entry from a distant place. */
const TIME_LIMIT_MS = 2000;
/** After a failure, KV is not asked for this time, so requests do not wait for it. */
const REST_MS = 10_000;

/** KV is not asked before this time; milliseconds since the epoch. */
const restOf = perIsolate<StoreSettings, { untilMs: number }>(() => ({ untilMs: 0 }));

/** Reads from KV. Null if KV does not have the entry, fails or is slow. R2 has everything that KV has. */
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
