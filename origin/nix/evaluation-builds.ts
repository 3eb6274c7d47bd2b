import type { Isolation } from "../isolation/isolation.ts";
import type { CacheFault } from "../caches/cache-fault.ts";
import { createCacheFaults, WARNING } from "./cache-faults.ts";
import { refuseBuilds } from "./refuse-builds.ts";

interface EvaluationRun {
  readonly signal: AbortSignal;
  readonly onLog: (line: string) => void;
}

interface GuardOptions extends EvaluationRun {
  readonly isolation: Isolation;
  /** Whether Nix may build what no cache has. */
  readonly mayBuild: boolean;
  readonly onFault: (fault: CacheFault) => void;
}

/** Nix writes this line before it builds. */
const BUILDING = /^building '(\/nix\/store\/[^']+\.drv)'/;
/** The lines about binary caches. */
const MESSAGE = /^(?:warning|error): (.*)/;

/**
 * Runs an evaluation that may build (import from derivation). There, Nix itself downloads, and compiles if a cache fails.
 * Ends the evaluation with the error of `refuseBuilds` when Nix builds something that a failing cache could have, or that
 * this registry does not build.
 */
export async function guardEvaluation<T>(options: GuardOptions, work: (run: EvaluationRun) => Promise<T>): Promise<T> {
  const { isolation, mayBuild, onLog, onFault } = options;
  const detector = createCacheFaults(await isolation.caches());
  const refusal = new AbortController();
  const signal = AbortSignal.any([options.signal, refusal.signal]);
  const faults: CacheFault[] = [];
  const checks: Promise<void>[] = [];

  function read(line: string): void {
    onLog(line);
    const message = MESSAGE.exec(line)?.[1];
    const fault = message === undefined ? undefined : detector.read({ kind: "text", level: WARNING, lines: [message] });
    if (fault) {
      faults.push(fault);
      onFault(fault);
    }
    const derivation = BUILDING.exec(line)?.[1];
    if (derivation !== undefined && (faults.length > 0 || !mayBuild)) checks.push(check(derivation));
  }

  /** The build goes on meanwhile, and may end first. */
  async function check(derivation: string): Promise<void> {
    await refuseBuilds({ isolation, signal: options.signal, faults }, [derivation]).catch((reason: unknown) =>
      refusal.abort(reason),
    );
  }

  const result = work({ signal, onLog: read });
  await result.catch(() => {});
  await Promise.all(checks);
  options.signal.throwIfAborted();
  refusal.signal.throwIfAborted();
  return result;
}
