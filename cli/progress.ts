import type { BuildPhase } from "../protocol/build-events.ts";

/** A build's phases, with what comes before and after it here; other commands have some of them. */
export type Phase = "prepare" | BuildPhase | "write" | "upload";

/** How far a phase has come. */
export interface Step {
  readonly done: number;
  readonly total: number;
  readonly unit: "attributes" | "bytes" | "layers" | "store paths";
}

/** Shows whoever waits what happens. */
export interface Progress {
  /** The phase before it has ended. */
  phase(phase: Phase): void;
  /** Of the current phase. */
  step(step: Step): void;
  log(line: string): void;
  /** Stays to be read, where the log does not. */
  note(line: string): void;
  /** The last phase has ended; nothing follows. */
  end(succeeded: boolean): void;
}

/** Somebody who reads JSON needs no more of them a second. */
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
