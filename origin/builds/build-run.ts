import type { BuildListener } from "../../protocol/build-events.ts";

/** One run of a build, for its steps. */
export interface BuildRun {
  /** Gets each event of the build but its outcome. */
  readonly onEvent: BuildListener;
  /** Ends the build. */
  readonly signal: AbortSignal;
}
