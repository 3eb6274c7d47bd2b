import { leftOut } from "../origin/package-index/left-out.ts";
import type { IndexResult } from "./index-command.ts";

/** The last line of `--json`. */
export function indexEvent({ source, revision, packages, failures, place }: IndexResult): string {
  return JSON.stringify({ event: "index", source, revision, packages, failures, isNew: packages !== undefined, place });
}

/** What whoever asked for an index wants to know. */
export function indexSummary({ source, revision, packages, failures, place }: IndexResult): string {
  const found = packages === undefined ? "is as it was" : [`${packages} packages`, ...leftOut(failures)].join(", ");
  return `${place}: ${found}; ${source} at ${revision}`;
}
