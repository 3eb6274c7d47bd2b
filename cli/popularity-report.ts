import { leftOut } from "../origin/package-index/left-out.ts";
import { formatCount } from "../protocol/format-count.ts";
import type { PopularityResult } from "./popularity-command.ts";

/** The last line of `--json`. */
export function popularityEvent(result: PopularityResult): string {
  return JSON.stringify({ event: "popularity", ...result });
}

/** One line for the person who ran `cornice popularity`. */
export function popularitySummary(result: PopularityResult): string {
  const { source, revision, packages, attributes, failures, place } = result;
  const closures = formatCount(attributes, "closure");
  const counted = [`${formatCount(packages, "package")} in ${closures}`, ...leftOut(failures)].join(", ");
  return `${place}: ${counted}; ${source}${revision === undefined ? "" : ` at ${revision}`}`;
}
