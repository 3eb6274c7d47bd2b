import { leftOut } from "../origin/package-index/left-out.ts";
import { formatCount } from "../protocol/format-count.ts";
import type { IndexResult } from "./index-command.ts";

/** The last line of `--json`. */
export function indexEvent({ source, revision, packages, failures, place }: IndexResult): string {
  return JSON.stringify({ event: "index", source, revision, packages, failures, isNew: packages !== undefined, place });
}

/** One line for the person who ran `cornice index`. */
export function indexSummary({ source, revision, packages, failures, place }: IndexResult): string {
  const found =
    packages === undefined ? "unchanged" : [formatCount(packages, "package"), ...leftOut(failures)].join(", ");
  return `${place}: ${found}; ${source} at ${revision}`;
}
