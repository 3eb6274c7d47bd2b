import { MAX_IMAGE_LAYERS } from "../../protocol/manifest.ts";
import { count } from "../page/format.ts";

/** With more layers left, nobody needs the note: a Dockerfile has rarely more steps. */
const PLENTY = 50;

/** A note about an image that leaves few layers for an image that is built on it. */
export function layerBudget(layers: number): string | undefined {
  const left = MAX_IMAGE_LAYERS - layers;
  if (left > PLENTY) return undefined;
  const room = left > 0 ? count(left, "more layer") : "no more layers";
  return `As a base of a Dockerfile, this image leaves ${room}: Docker allows ${MAX_IMAGE_LAYERS}.`;
}
