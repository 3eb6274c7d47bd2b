import type { LayerGroup } from "./layer-group.ts";
import type { PackagePart } from "./package-parts.ts";

/**
 * A smaller path is not worth a layer of its own. Each layer costs a client about 10 ms. In that time, a line of
 * 50 Mbit/s brings this many bytes.
 */
const MIN_SOLO_BYTES = 65_536;
/** `MIN_SOLO_BYTES` times the square root of 2, as a whole number: it is the same on every machine. */
const SECOND_CUT_OFF = 92_682;

/**
 * The cut-offs are 64 KiB times powers of the square root of 2, in bytes. There are few, so that many images have the
 * same. `step` is 0 or more.
 */
export function cutOffAt(step: number): number {
  return (step % 2 === 0 ? MIN_SOLO_BYTES : SECOND_CUT_OFF) * 2 ** Math.floor(step / 2);
}

/**
 * The rest layers of an image: of each part, the paths below the cut-off. A layer is left out if another one has all of
 * its paths. So each rest layer of several packages is also a rest layer of one of these packages alone.
 */
export function restLayers(parts: readonly PackagePart[], cutOff: number): LayerGroup[] {
  const rests = parts.map((part) => [...part].filter(({ narSize }) => narSize < cutOff));
  return rests.filter((rest, place) => {
    const isCovered = rests.some((other, otherPlace) => {
      // Of equal layers, the first one stays.
      const isLarger = other.length > rest.length || (other.length === rest.length && otherPlace < place);
      return isLarger && rest.every((path) => parts[otherPlace]?.has(path));
    });
    return rest.length > 0 && !isCovered;
  });
}
