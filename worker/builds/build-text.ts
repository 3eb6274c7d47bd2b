import type { BuildOutcome } from "../../protocol/build-events.ts";
import { type BuildState, type LogTail, type NixWorkState, workProgress } from "../../protocol/build-state.ts";
import { EDGE_STEP_TITLES } from "../../protocol/edge-steps.ts";
import { formatAmount, formatBytes } from "../../protocol/format-bytes.ts";
import { withoutControls } from "../../protocol/plain-text.ts";
import { textTable } from "../answers/text-table.ts";

/** A build as text for a terminal: phases with times, the work of Nix, layers, the end of the log, the outcome. */
export function buildText(state: BuildState, nowMs: number): string {
  const { image, startedAt, end, log } = state;
  const head = [image, `${end ? "ended after" : "building for"} ${seconds((end?.at ?? nowMs) - startedAt)}`];
  const parts = [
    head,
    ...edgeRows(state),
    phaseRows(state, nowMs),
    workRows(state, nowMs),
    layerRows(state),
    logLines(log),
  ];
  if (end) parts.push(outcomeLines(end.outcome));
  const blocks = parts.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${withoutControls(blocks.join("\n\n"))}\n`;
}

/** The steps of an image that was put together at the edge. */
function edgeRows({ edge }: BuildState): string[][] {
  if (!edge) return [];
  return [["put together at the edge"], textTable(edge.map(({ step, ms }) => [EDGE_STEP_TITLES[step], `${ms} ms`]))];
}

function phaseRows({ phases, end }: BuildState, nowMs: number): string[] {
  const endedAt = end?.at ?? nowMs;
  const rows = phases.map(({ phase, at }, index) => [phase, seconds((phases[index + 1]?.at ?? endedAt) - at)]);
  if (end?.outcome.event === "error") rows.at(-1)?.push("failed");
  return textTable(rows);
}

const TROUBLE = { failed: "failed", stopped: "stopped" } as const;
const WORDS = {
  build: { running: "building", done: "built", ...TROUBLE },
  download: { running: "downloading", done: "downloaded", ...TROUBLE },
} as const;

function workRows({ work, download, end }: BuildState, nowMs: number): string[] {
  const row = (item: NixWorkState) => {
    const until = item.endedAt ?? end?.at ?? nowMs;
    return [WORDS[item.work][workProgress(item, end)], item.name, seconds(until - item.startedAt)];
  };
  return [...textTable(work.map(row)), ...(download ? [`downloads: ${formatAmount(download)}`] : [])];
}

function layerRows({ layers, layerCount = layers.length }: BuildState): string[] {
  if (layerCount === 0) return [];
  const rows = layers.map(({ index, size, known, description }) => [
    `${index + 1}/${layerCount}`,
    formatBytes(size),
    known ? "already known" : "new",
    description,
  ]);
  return [`${layers.length} of ${layerCount} layers`, ...textTable(rows, [0, 1])];
}

function logLines({ dropped, lines }: LogTail): readonly string[] {
  return dropped === 0 ? lines : [`(${dropped} lines before these are left out)`, ...lines];
}

function outcomeLines(outcome: BuildOutcome): string[] {
  if (outcome.event === "error") return [`failed: ${outcome.message}`];
  const leftOut = (outcome.leftOut ?? []).map(
    ({ architecture, reason }) => `left out: linux/${architecture}: ${reason}`,
  );
  return [`built: ${outcome.manifests.oci}`, `revision: ${outcome.revision}`, ...leftOut];
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
