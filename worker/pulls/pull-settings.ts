import { integer } from "../requests/integer-setting.ts";
import type { PullCounter } from "./pull-counter.ts";

/** The bindings that decide how pulls are counted. */
export interface PullBindings {
  readonly PULLS: DurableObjectNamespace<PullCounter>;
  readonly REVALIDATE_TOP?: string;
  readonly PULL_MARKS?: string;
}

/** How pulls are counted. */
export interface PullSettings {
  readonly pulls: DurableObjectNamespace<PullCounter>;
  /** The number of images that the cron trigger revalidates. 0: pulls are not counted. */
  readonly revalidateTop: number;
  /** Whether R2 gets a mark for each manifest that is pulled. */
  readonly marksPulls: boolean;
}

/** The cron trigger revalidates all images at once, and the platform limits the calls to builds' objects. */
const MAX_REVALIDATE_TOP = 200;

/** Adds a wrong setting to `problems`. */
export function parsePullSettings(env: PullBindings, problems: string[]): PullSettings {
  const range = { fallback: 20, min: 0, max: MAX_REVALIDATE_TOP };
  const { PULLS, PULL_MARKS = "on" } = env;
  if (PULL_MARKS !== "on" && PULL_MARKS !== "off")
    problems.push(`PULL_MARKS is ${JSON.stringify(PULL_MARKS)}; it must be on or off`);
  const revalidateTop = integer(env, "REVALIDATE_TOP", range, problems);
  return { pulls: PULLS, revalidateTop, marksPulls: PULL_MARKS === "on" };
}
