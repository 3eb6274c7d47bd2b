/** In a list that is made while it is read: nothing yet, though time has passed. Others may have their turn. */
export interface Pause {
  readonly type: "pause";
}

export const PAUSE: Pause = { type: "pause" };
