import { compareText } from "../../protocol/compare-text.ts";
import { formatCount } from "../../protocol/format-count.ts";
import type { BillFacts } from "./bill-facts.ts";
import { fails, type Finding, holds } from "./finding.ts";

/** Store paths that a finding names. */
const MAX_NAMED = 3;

/** Compares the store paths in the layers with those in each bill, in both directions. */
export function checkCoverage(
  inLayers: ReadonlySet<string>,
  bills: ReadonlyMap<string, BillFacts>,
): readonly Finding[] {
  return [...bills].map(([name, { storePaths }]) => {
    const unlisted = inLayers.difference(storePaths);
    if (unlisted.size > 0) return fails("coverage", `${name} lacks ${named(unlisted)} of the layers`);
    const strange = storePaths.difference(inLayers);
    if (strange.size > 0) return fails("coverage", `${name} lists ${named(strange)} that no layer has`);
    return holds(
      "coverage",
      `${name} lists all ${formatCount(inLayers.size, "store path")} of the layers, and no other`,
    );
  });
}

function named(paths: ReadonlySet<string>): string {
  const first = [...paths].toSorted(compareText).slice(0, MAX_NAMED);
  const more = paths.size > first.length ? ", …" : "";
  return `${formatCount(paths.size, "store path")} (${first.join(", ")}${more})`;
}
