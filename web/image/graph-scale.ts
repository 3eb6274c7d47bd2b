interface Size {
  readonly width: number;
  readonly height: number;
}

/** The text of a smaller drawing is not readable, but its shape is. */
export const MIN_SCALE = 0.1;
export const MAX_SCALE = 3;
/** One press of a button. */
export const STEP = 1.4;

/** The scale at which a drawing is as large as its room allows. A small drawing is not enlarged. */
export function fitScale(drawing: Size, room: Size): number {
  return Math.max(Math.min(1, room.width / drawing.width, room.height / drawing.height), MIN_SCALE);
}
