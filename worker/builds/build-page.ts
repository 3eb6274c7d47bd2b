import type { BuildSnapshot } from "./build.ts";

const BUILD_PATH = /^\/builds\/([0-9a-f]{64})$/;

/** The path of the page that tells how a build gets on. */
export function buildPagePath(key: string): string {
  return `/builds/${key}`;
}

/** The build that a path names; undefined for another path. */
export function parseBuildPagePath(path: string): string | undefined {
  return BUILD_PATH.exec(path)?.[1];
}

/** A build as text for a terminal: its phases with their times, and the end of its log. */
export function buildPage({ startedAt, phases, log, endedAt }: BuildSnapshot, nowMs: number): string {
  const state = endedAt === undefined ? "building for" : "ended after";
  const lines = [`${state} ${seconds((endedAt ?? nowMs) - startedAt)} s`, ""];
  for (const [index, { phase, at }] of phases.entries()) {
    const until = phases[index + 1]?.at ?? endedAt ?? nowMs;
    lines.push(`${phase.padEnd(PHASE_WIDTH)}${seconds(until - at)} s`);
  }
  return [...lines, "", ...log.map(printable), ""].join("\n");
}

const PHASE_WIDTH = 12;

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}

/** A log is what a package's builder wrote: it must not steer the terminal that shows it. */
function printable(line: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  return line.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}
