import { leftOut } from "../origin/package-index/left-out.ts";
import type { PublishedNames } from "../origin/package-index/published-index.ts";
import { formatCount } from "../protocol/format-count.ts";
import type { IndexResult } from "./index-command.ts";

/** The last line of `--json`. */
export function indexEvent({ source, revision, packages, failures, names, place }: IndexResult): string {
  const isNew = packages !== undefined || names.length > 0;
  return JSON.stringify({ event: "index", source, revision, packages, failures, names, isNew, place });
}

/** One line for the person who ran `cornice index`. */
export function indexSummary({ source, revision, packages, failures, names, place }: IndexResult): string {
  const found = [
    ...(packages === undefined ? [] : [formatCount(packages, "package"), ...leftOut(failures)]),
    ...names.map(indexedNames),
  ];
  return `${place}: ${found.length === 0 ? "unchanged" : found.join(", ")}; ${source} at ${revision}`;
}

/** Such as `331 names indexed for amd64`. */
function indexedNames({ architecture, names }: PublishedNames): string {
  return `${formatCount(names, "name")} indexed for ${architecture}`;
}
