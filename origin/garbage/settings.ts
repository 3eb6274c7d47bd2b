import type { Settings } from "../system/settings.ts";
import type { CollectionTimes } from "./collection-times.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** A hundred years. */
export const MAX_KEEP_DAYS = 36_525;
/** A week. */
export const MAX_GRACE_MINUTES = 10_080;
const DAYS = { min: 0, max: MAX_KEEP_DAYS };

/** What the call says counts more than the settings. */
export interface TimesOfCall {
  readonly keepDays?: number | undefined;
  readonly keepBuiltDays?: number | undefined;
  readonly graceMinutes?: number | undefined;
}

export function parseCollectionTimes(settings: Settings, call: TimesOfCall): CollectionTimes {
  const keepDays = call.keepDays ?? settings.integer("CORNICE_GC_KEEP_DAYS", { ...DAYS, fallback: 90 });
  const builtDays = settings.integer("CORNICE_GC_KEEP_BUILT_DAYS", { ...DAYS, fallback: keepDays });
  const grace = settings.integer("CORNICE_GC_GRACE_MINUTES", { fallback: 60, min: 0, max: MAX_GRACE_MINUTES });
  return {
    keepMs: keepDays * DAY_MS,
    keepBuiltMs: (call.keepBuiltDays ?? builtDays) * DAY_MS,
    graceMs: (call.graceMinutes ?? grace) * MINUTE_MS,
  };
}
