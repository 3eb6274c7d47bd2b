import type { Annotations } from "../../protocol/artifact-manifest.ts";
import { compareText } from "../../protocol/compare-text.ts";

/** The order of the names is the same on every machine, so equal annotations have equal bytes. */
export function sortedAnnotations(annotations: Annotations): Annotations {
  return Object.fromEntries(Object.entries(annotations).toSorted(([a], [b]) => compareText(a, b)));
}
