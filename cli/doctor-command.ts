import { formatCount } from "../protocol/format-count.ts";
import { plainLine } from "../protocol/plain-text.ts";
import type { CommandContext } from "./build-command.ts";
import type { DoctorCall } from "./doctor-arguments.ts";
import { examine } from "./doctor/doctor.ts";
import type { Finding, FindingState } from "./doctor/finding.ts";

const MARKS: Readonly<Record<FindingState, string>> = { ok: "ok", warning: "warning", problem: "PROBLEM" };
const MARK_WIDTH = 9;
const CHECK_WIDTH = 11;

/** `cornice doctor`: checks the settings of a deployment from both sides. */
export async function runDoctor(
  { registry }: DoctorCall,
  { env, progress }: CommandContext,
): Promise<readonly Finding[]> {
  progress.phase("check");
  return examine(env, registry);
}

/** The last line of `--json`. */
export function doctorEvent(findings: readonly Finding[]): string {
  const problems = count(findings, "problem");
  return JSON.stringify({ event: "doctor", problems, warnings: count(findings, "warning"), findings });
}

/** A line for each check, with what to do below it. Then the sum. */
export function doctorText(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ check, state, message, advice }) => [
    `${MARKS[state].padEnd(MARK_WIDTH)}${check.padEnd(CHECK_WIDTH)}${plainLine(message, " ")}`,
    ...(advice === undefined ? [] : [`${"".padEnd(MARK_WIDTH + CHECK_WIDTH)}-> ${plainLine(advice, " ")}`]),
  ]);
  const sum = `${formatCount(count(findings, "problem"), "problem")}, ${formatCount(count(findings, "warning"), "warning")}`;
  return [...lines, "", sum].join("\n");
}

export function hasProblems(findings: readonly Finding[]): boolean {
  return count(findings, "problem") > 0;
}

function count(findings: readonly Finding[], state: FindingState): number {
  return findings.filter((finding) => finding.state === state).length;
}
