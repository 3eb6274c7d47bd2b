import type { Settings } from "../system/settings.ts";

/** How long the origin waits for an index of names. */
export interface IndexWait {
  /** Seconds. Undefined if tags move at once. */
  readonly indexWaitS: number | undefined;
}

export function parseIndexWait(settings: Settings): IndexWait {
  const timeoutS = parseIndexTimeout(settings);
  return { indexWaitS: settings.boolean("CORNICE_WAIT_FOR_INDEX", false) ? timeoutS : undefined };
}

/** Seconds that the work on an index may take. */
export function parseIndexTimeout(settings: Settings): number {
  return settings.integer("CORNICE_INDEX_TIMEOUT", { fallback: 1800, min: 1, max: 86_400 });
}
