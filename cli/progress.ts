import type { BuildPhase } from "../protocol/build-events.ts";

/** The phases of a build, and the command's own phases before and after it. Some commands skip some phases. */
export type Phase =
  | "prepare"
  | BuildPhase
  | "write"
  | "upload"
  | "build"
  | "bundle"
  | "verify"
  | "compare"
  | "wait"
  | "mark"
  | "sweep"
  | "check"
  | "repair";

/** The progress within a phase. */
export interface Step {
  readonly done: number;
  readonly total: number;
  readonly unit: "attributes" | "bytes" | "images" | "kinds" | "layers" | "packages" | "seconds" | "store paths";
}

/** Shows the user what the command is doing. */
export interface Progress {
  /** Begins a phase. The phase before it has ended. */
  phase(phase: Phase): void;
  /** Progress of the current phase. */
  step(step: Step): void;
  log(line: string): void;
  /** Stays on the screen. A line of the log may disappear. */
  note(line: string): void;
  /** The last phase has ended; nothing follows. */
  end(succeeded: boolean): void;
}

/** Ten steps a second are enough for a reader of the JSON. */
const STEP_INTERVAL_MS = 100;

/** One line for each phase and each line of a log. */
export function plainProgress(print: (line: string) => void): Progress {
  return {
    phase: (phase) => print(`cornice: ${phase}`),
    step: () => {},
    log: print,
    note: print,
    end: () => {},
  };
}

/** One JSON object a line: `{ event: "phase" | "progress" | "log", … }`. */
export function jsonProgress(print: (line: string) => void, now: () => number): Progress {
  let current: Phase | undefined;
  let lastStep = -Infinity;
  const log = (line: string) => print(JSON.stringify({ event: "log", line }));
  return {
    phase(phase) {
      current = phase;
      lastStep = -Infinity;
      print(JSON.stringify({ event: "phase", phase }));
    },
    step(step) {
      if (step.done < step.total && now() - lastStep < STEP_INTERVAL_MS) return;
      lastStep = now();
      print(JSON.stringify({ event: "progress", phase: current, ...step }));
    },
    log,
    note: log,
    end: () => {},
  };
}
