import { integer } from "../requests/integer-setting.ts";
import type { PullCounter } from "./pull-counter.ts";

/** The bindings that say how pulls are counted. */
export interface PullBindings {
  readonly PULLS: DurableObjectNamespace<PullCounter>;
  readonly REVALIDATE_TOP?: string;
}

/** How pulls are counted. */
export interface PullSettings {
  readonly pulls: DurableObjectNamespace<PullCounter>;
  /** The cron trigger revalidates as many of the most pulled images. 0: pulls are not counted. */
  readonly revalidateTop: number;
}

/** The cron trigger revalidates all at once, and every call to a build's object is a subrequest. */
const MAX_REVALIDATE_TOP = 200;

/** Adds what is wrong to `problems`. */
export function parsePullSettings(env: PullBindings, problems: string[]): PullSettings {
  const range = { fallback: 20, min: 0, max: MAX_REVALIDATE_TOP };
  return { pulls: env.PULLS, revalidateTop: integer(env, "REVALIDATE_TOP", range, problems) };
}
