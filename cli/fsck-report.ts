import { formatBytes } from "../protocol/format-bytes.ts";
import { formatCount } from "../protocol/format-count.ts";
import type { FsckResult } from "./fsck-command.ts";
import { rateText } from "./fsck-progress.ts";

const MAX_SHOWN = 100;

/** The last line of `--json`. */
export function fsckEvent({ counts, ...result }: FsckResult): string {
  const objects = Object.fromEntries(counts.objects);
  return JSON.stringify({ event: "fsck", ...result, counts: { ...counts, objects } });
}

/** Whether something is wrong that nobody has repaired. */
export function hasFindings({ findings, hasMore }: FsckResult): boolean {
  return hasMore || findings.some(({ outcome = "left" }) => outcome === "left");
}

/** What was checked and what is wrong, for the person who ran `cornice fsck`. */
export function fsckText(result: FsckResult): string {
  const { findings, hasMore, repair } = result;
  const lines = findings.slice(0, MAX_SHOWN).map(({ outcome = "found", message }) => `${outcome}: ${message}`);
  const more = findings.length - lines.length;
  const advice = hasFindings(result) && !repair ? ["--repair repairs it"] : [];
  return [
    ...lines,
    ...(more > 0 ? [`and ${more} more; --json has all`] : []),
    ...(hasMore ? ["there are more findings than one run can keep: run the command again"] : []),
    [checkedText(result), findingsText(result), ...advice].join("; "),
  ].join("\n");
}

function checkedText({ counts, bytesRead, seconds }: FsckResult): string {
  const objects = [...counts.objects.values()].reduce((sum, count) => sum + count, 0);
  const foreign = counts.foreign === 0 ? "" : `, ${formatCount(counts.foreign, "object")} of others left alone`;
  const entries = counts.entries === 1 ? "1 entry" : `${counts.entries} entries`;
  const checked = `checked ${formatCount(objects, "object")} and ${entries} of KV${foreign}`;
  return `${checked}; read ${formatBytes(bytesRead)}, ${rateText(bytesRead, seconds)}`;
}

function findingsText({ findings, repair }: FsckResult): string {
  if (findings.length === 0) return "nothing is wrong";
  if (!repair) return formatCount(findings.length, "finding");
  const outcomes = ["restored", "rebuilt", "removed", "left"] as const;
  const counts = outcomes.map(
    (outcome) => [outcome, findings.filter((each) => each.outcome === outcome).length] as const,
  );
  return counts.flatMap(([outcome, count]) => (count === 0 ? [] : [`${count} ${outcome}`])).join(", ");
}
