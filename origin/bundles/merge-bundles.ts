import type { Bundle } from "../../image/bundles/bundle.ts";
import type { Layer } from "../../image/layers/layer.ts";

/**
 * A new bundle with the steps of an older one of the same package. If a layer of both has other bytes now, the older
 * bundle is out of date, and only the new one is left.
 */
export function mergeBundles(fresh: Bundle, known: Bundle | undefined): Bundle {
  if (!known || !agree(fresh.solos, known.solos) || !agree(fresh.rests, known.rests)) return fresh;
  return {
    ...fresh,
    solos: new Map([...known.solos, ...fresh.solos]),
    rests: new Map([...known.rests, ...fresh.rests]),
    steps: [...new Set([...known.steps, ...fresh.steps])].toSorted((a, b) => a - b),
  };
}

function agree(fresh: ReadonlyMap<string, Layer>, known: ReadonlyMap<string, Layer>): boolean {
  return [...fresh].every(([key, { digest }]) => (known.get(key)?.digest ?? digest) === digest);
}
