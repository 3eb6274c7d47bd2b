import type { BuildListener, BuildPhase } from "../../protocol/build-events.ts";
import { debug } from "../system/debug.ts";

interface BuildLog {
  /** Records an event and passes it on. */
  readonly onEvent: BuildListener;
  /** One line with the time of each phase, such as `built in 2.31 s: evaluate 0.20, pack 1.90`. */
  summary(): string;
}

/** Writes the log lines of a build to the origin's own log. Passes all events on to `next`. */
export function createBuildLog(next: BuildListener, log: (line: string) => void, now: () => number): BuildLog {
  const started = now();
  const begun: { phase: BuildPhase; at: number }[] = [];

  function begin(phase: BuildPhase): void {
    const at = now();
    const last = begun.at(-1);
    if (last) debug(() => `${last.phase} took ${seconds(at - last.at)} s`);
    debug(() => `${phase} begins`);
    begun.push({ phase, at });
  }

  return {
    onEvent(event) {
      if (event.event === "phase") begin(event.phase);
      if (event.event === "log") log(event.line);
      next(event);
    },
    summary() {
      const ended = now();
      const parts = begun.map(({ phase, at }, index) => `${phase} ${seconds((begun[index + 1]?.at ?? ended) - at)}`);
      return `built in ${seconds(ended - started)} s: ${parts.join(", ")}`;
    },
  };
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2);
}
