/** A generator yields a pause after long work without a result, so that another layer has its turn. */
export interface Pause {
  readonly type: "pause";
}

export const PAUSE: Pause = { type: "pause" };
