import type { BuildState } from "../../protocol/build-state.ts";
import type { BuildPhase } from "../../protocol/build-events.ts";

/** A step of a build, with its duration so far. */
export interface PhaseTime {
  readonly phase: BuildPhase;
  readonly title: string;
  /** Undefined for a phase that has not begun. */
  readonly took?: number;
  readonly state: "ahead" | "running" | "over" | "failed";
}

const TITLES: readonly (readonly [BuildPhase, string])[] = [
  ["resolve", "Look up the tag"],
  ["wait", "Wait for a turn"],
  ["evaluate", "Evaluate names"],
  ["realise", "Build and download"],
  ["group", "Divide into layers"],
  ["pack", "Pack layers"],
  ["publish", "Publish"],
];

/** All steps of a build at the time `now`, in order. `wait` is left out if the build never waited. */
export function phaseTimes({ phases, end }: BuildState, now: number): PhaseTime[] {
  const titles = TITLES.filter(([phase]) => phase !== "wait" || phases.some((known) => known.phase === phase));
  return titles.map(([phase, title]) => {
    const index = phases.findLastIndex((known) => known.phase === phase);
    const begun = phases[index];
    if (!begun) return { phase, title, state: "ahead" };
    const next = phases[index + 1]?.at;
    const took = Math.max(0, (next ?? end?.at ?? now) - begun.at);
    return { phase, title, took, state: next === undefined ? lastState(end) : "over" };
  });
}

/** The state of the step that began last. If the build fails, it fails in this step. */
function lastState(end: BuildState["end"]): PhaseTime["state"] {
  if (!end) return "running";
  return end.outcome.event === "image" ? "over" : "failed";
}

/**
 * How far this machine's clock is ahead of the registry's. The time that an event takes to arrive makes the lead too
 * large, so the least one counts.
 */
export function clockLead(known: number | undefined, eventAt: number, now: number): number {
  const lead = now - eventAt;
  return known === undefined ? lead : Math.min(known, lead);
}
