import assert from "node:assert/strict";
import * as fc from "fast-check";
import { OciError, type OciErrorCode } from "../../protocol/oci-error.ts";

/** A statement that holds for a parser whatever it is given. */
export interface Property {
  /** The parser and the statement: `image-names/round-trip`. */
  readonly name: string;
  /** How many inputs a test tries. */
  readonly runs: number;
  readonly check: (trial: Trial) => Promise<Outcome>;
}

export interface Trial {
  readonly seed: number;
  /** Which of a seed's inputs, as a failure names it. */
  readonly path?: string | undefined;
  readonly runs?: number;
  /** Milliseconds; a failure that is found before is shrunk without a limit. */
  readonly limitMs?: number;
}

export interface Outcome {
  readonly runs: number;
  readonly failure?: Failure;
}

export interface Failure {
  readonly path: string;
  /** The smallest input that was found, and what is wrong with it. */
  readonly text: string;
}

const DEFAULT_RUNS = 200;
/** Whatever ends a round is its time limit. */
const UNLIMITED_RUNS = 1_000_000_000;

/** `check` throws for an input of which the statement does not hold. */
export function property<Input>(
  name: string,
  inputs: fc.Arbitrary<Input>,
  check: (input: Input) => void | Promise<void>,
  runs = DEFAULT_RUNS,
): Property {
  const statement = fc.asyncProperty(inputs, async (input) => {
    await check(input);
  });
  return {
    name,
    runs,
    async check({ seed, path, limitMs, runs: tries = UNLIMITED_RUNS }) {
      const limit = limitMs === undefined ? {} : { interruptAfterTimeLimit: limitMs };
      const from = path === undefined ? {} : { path };
      const first = await fc.check(statement, { seed, numRuns: tries, ...from, ...limit });
      if (!first.failed) return { runs: first.numRuns };
      // Without the steps that it was shrunk by, which are taken anew.
      const [input = "0"] = (first.counterexamplePath ?? "").split(":");
      const shrunk = await fc.check(statement, { seed, path: input, numRuns: 1 });
      return { runs: first.numRuns, failure: { path: input, text: describeFailure(shrunk.failed ? shrunk : first) } };
    },
  };
}

function describeFailure<Input>({ counterexample, errorInstance }: fc.RunDetails<Input>): string {
  const reason =
    errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance);
  const input = fc.stringify(counterexample);
  const shown = input.length > MAX_SHOWN ? `${input.slice(0, MAX_SHOWN)}… (${input.length} characters)` : input;
  return [shown, reason].map(printable).join("\n");
}

/** Of an input. */
const MAX_SHOWN = 4000;

/** The input must not steer the terminal that shows it. */
function printable(text: string): string {
  return text.replaceAll(/[^\n -~]/gu, (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`);
}

/** What a parser gives; undefined where it refuses its input with an error that it declares. */
export function accepted<T>(parse: () => T, isDeclared: (error: unknown) => boolean): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (isDeclared(error)) return undefined;
    throw error;
  }
}

/** An error's message reaches a terminal: it must not repeat all that somebody sent. */
const MAX_MESSAGE_LENGTH = 1000;

export function isOciError(...codes: readonly OciErrorCode[]): (error: unknown) => boolean {
  return (error) =>
    error instanceof OciError && codes.includes(error.code) && error.message.length <= MAX_MESSAGE_LENGTH;
}

/** More than any parser takes for a line on a slow processor; milliseconds. */
const MAX_TIME_MS = 2000;

/** What `run` gives. Throws where that takes too long: somebody could keep a process busy with one line. */
export function quickly<T>(run: () => T): T {
  // Not by the clock: other programs may have the processors.
  const begun = process.threadCpuUsage();
  const result = run();
  const { user } = process.threadCpuUsage(begun);
  assert.ok(user / 1000 < MAX_TIME_MS, `it took longer than ${MAX_TIME_MS} ms`);
  return result;
}
