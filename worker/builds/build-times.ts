import { SHARED_SETTINGS } from "../../protocol/shared-settings.ts";
import { integer } from "../requests/integer-setting.ts";

/** The bindings that limit the time of builds and the age of tags. */
export interface BuildTimeBindings {
  readonly BUILD_TIMEOUT?: string;
  readonly TAG_FRESHNESS_S?: string;
}

/** How long a build may take, and how long a tag stays fresh. */
export interface BuildTimes {
  /** The longest time that a build may take, whether or not a client waits. */
  readonly buildTimeoutMs: number;
  /** The Worker looks an older tag up again, in the background. */
  readonly tagFreshnessMs: number;
}

/** Adds each wrong setting to `problems`. */
export function parseBuildTimes(env: BuildTimeBindings, problems: string[]): BuildTimes {
  return {
    buildTimeoutMs: 1000 * integer(env, "BUILD_TIMEOUT", SHARED_SETTINGS.buildTimeoutS, problems),
    tagFreshnessMs: 1000 * integer(env, "TAG_FRESHNESS_S", SHARED_SETTINGS.tagFreshnessS, problems),
  };
}
