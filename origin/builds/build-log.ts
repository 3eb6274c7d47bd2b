import type { BuildPhase } from "../../protocol/build-events.ts";
import { debug } from "../system/debug.ts";
import type { BuildReport } from "./build-image.ts";

interface BuildLog {
  readonly report: BuildReport;
  /** One line with the time of each phase, such as `built in 2.31 s: evaluate 0.20, pack 1.90`. */
  summary(): string;
}

/** Writes what a build reports to the origin's own log, line by line as it comes, and passes it on. */
export function createBuildLog(next: BuildReport, log: (line: string) => void, now: () => number): BuildLog {
  const started = now();
  const begun: { phase: BuildPhase; at: number }[] = [];
  return {
    report: {
      ...next,
      phase(phase) {
        const at = now();
        const last = begun.at(-1);
        if (last) debug(() => `${last.phase} took ${seconds(at - last.at)} s`);
        debug(() => `${phase} begins`);
        begun.push({ phase, at });
        next.phase(phase);
      },
      log(line) {
        log(line);
        next.log(line);
      },
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
