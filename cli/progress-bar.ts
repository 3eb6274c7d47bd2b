import { formatBytes } from "../protocol/format-bytes.ts";
import { formatCount } from "../protocol/format-count.ts";
import { plainLine } from "../protocol/plain-text.ts";
import type { Phase, Step } from "./progress.ts";

export interface PhaseState {
  readonly phase: Phase;
  /** Undefined while the total is not known. */
  readonly step: Step | undefined;
  /** The last line of the log, or "". */
  readonly log: string;
  readonly elapsedMs: number;
}

/** The longest name of a phase, and two spaces; in columns. */
const NAME_WIDTH = 10;
const BAR_WIDTH = 24;

/** A running phase, as one line of a terminal. */
export function renderRunning({ phase, step, log, elapsedMs }: PhaseState, columns: number): string {
  const parts = [step && `${bar(step)}  ${amount(step)}`, seconds(elapsedMs), printable(log)];
  return `  ${line(phase, parts)}`.slice(0, columns);
}

/** A phase that has ended, without the mark in front. */
export function renderEnded({ phase, step, elapsedMs }: PhaseState, succeeded: boolean): string {
  return line(phase, [step && (succeeded ? quantity(step.total, step.unit) : amount(step)), seconds(elapsedMs)]);
}

function line(phase: Phase, parts: readonly (string | undefined)[]): string {
  return `${phase.padEnd(NAME_WIDTH)}${parts.filter(Boolean).join("  ")}`;
}

function bar({ done, total }: Step): string {
  const filled = total === 0 ? BAR_WIDTH : Math.floor((BAR_WIDTH * Math.min(done, total)) / total);
  return "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
}

function amount({ done, total, unit }: Step): string {
  return `${unit === "bytes" ? formatBytes(done) : done} of ${quantity(total, unit)}`;
}

function quantity(count: number, unit: Step["unit"]): string {
  if (unit === "bytes") return formatBytes(count);
  return formatCount(count, unit.slice(0, -1));
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Text of a builder must not move the cursor. A space replaces a control character, so that words stay apart. */
export function printable(text: string): string {
  return plainLine(text, " ");
}
