import type { BuildListener } from "../../protocol/build-events.ts";

/** The steps of one build share this. */
export interface BuildRun {
  /** Gets each event of the build, except `image` and `error`. */
  readonly onEvent: BuildListener;
  /** Ends the build. */
  readonly signal: AbortSignal;
}
