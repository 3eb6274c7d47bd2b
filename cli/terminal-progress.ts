import { clearLine, cursorTo } from "node:readline";
import { styleText } from "node:util";
import { type PhaseState, printable, renderEnded, renderRunning } from "./progress-bar.ts";
import type { Phase, Progress, Step } from "./progress.ts";

/** Such as `process.stderr`. */
type Terminal = NodeJS.WritableStream & { readonly columns?: number };

const REDRAW_MS = 100;
/** For a terminal that does not tell its width. */
const USUAL_COLUMNS = 80;

/** One line for each phase: a bar while the phase runs, then the time that it took. */
export function terminalProgress(terminal: Terminal, now: () => number): Progress {
  let current: { readonly phase: Phase; readonly started: number } | undefined;
  let step: Step | undefined;
  let log = "";

  function state(): PhaseState | undefined {
    return current && { phase: current.phase, step, log, elapsedMs: now() - current.started };
  }

  function draw(): void {
    const running = state();
    if (running) replaceLine(terminal, renderRunning(running, (terminal.columns || USUAL_COLUMNS) - 1));
  }

  function endPhase(succeeded: boolean): void {
    const ended = state();
    current = undefined;
    const mark = succeeded
      ? styleText("green", "✓", { stream: terminal })
      : styleText("red", "✗", { stream: terminal });
    if (ended) replaceLine(terminal, `${mark} ${renderEnded(ended, succeeded)}\n`);
  }

  const timer = setInterval(draw, REDRAW_MS);
  timer.unref();
  return {
    phase(phase) {
      endPhase(true);
      current = { phase, started: now() };
      step = undefined;
      log = "";
      draw();
    },
    step: (next) => {
      step = next;
    },
    log: (line) => {
      log = line;
    },
    note(line) {
      replaceLine(terminal, `${printable(line)}\n`);
      draw();
    },
    end(succeeded) {
      clearInterval(timer);
      endPhase(succeeded);
    },
  };
}

function replaceLine(terminal: Terminal, text: string): void {
  cursorTo(terminal, 0);
  clearLine(terminal, 0);
  terminal.write(text);
}
