import assert from "node:assert/strict";
import * as fc from "fast-check";
import { isJsonObject } from "../../protocol/json-object.ts";
import { OciError, type OciErrorCode } from "../../protocol/oci-error.ts";

/** A statement about a parser that must hold for every input. */
export interface Property {
  /** The parser and the statement: `image-names/round-trip`. */
  readonly name: string;
  /** How many inputs a test tries. */
  readonly runs: number;
  readonly check: (trial: Trial) => Promise<Outcome>;
}

export interface Trial {
  readonly seed: number;
  /** The path to one input of the seed, from a `Failure`. */
  readonly path?: string | undefined;
  readonly runs?: number;
  /** A time limit for the search, in milliseconds. Shrinking a failure has no limit. */
  readonly limitMs?: number;
}

export interface Outcome {
  readonly runs: number;
  readonly failure?: Failure;
}

/** Whether a message of the thread is an outcome. The thread is ours, so only the outline is checked. */
export function isOutcome(value: unknown): value is Outcome {
  return isJsonObject(value) && typeof value["runs"] === "number";
}

export interface Failure {
  readonly path: string;
  /** The smallest failing input, and its error. */
  readonly text: string;
}

const DEFAULT_RUNS = 200;
/** So many that only the time limit ends a round. */
const UNLIMITED_RUNS = 1_000_000_000;

/** `check` throws if the statement does not hold for an input. */
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
      // Drops the shrinking steps from the path. The second check shrinks the input again.
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

/** The most characters of an input that a failure shows. */
const MAX_SHOWN = 4000;

/** Escapes the input, so that it cannot control the terminal that shows it. */
function printable(text: string): string {
  return text.replaceAll(/[^\n -~]/gu, (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The parser's result. Undefined if the parser refuses its input with one of its declared errors. */
export function accepted<T>(parse: () => T, isDeclared: (error: unknown) => boolean): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (isDeclared(error)) return undefined;
    throw error;
  }
}

/** An error message reaches a terminal. So it must not repeat all of a client's input. */
const MAX_MESSAGE_LENGTH = 1000;

export function isOciError(...codes: readonly OciErrorCode[]): (error: unknown) => boolean {
  return (error) =>
    error instanceof OciError && codes.includes(error.code) && error.message.length <= MAX_MESSAGE_LENGTH;
}

/** In milliseconds. No parser needs this long for a line, even on a slow processor. */
const MAX_TIME_MS = 2000;

/** Returns the result of `run`. Throws if it takes too long, because one line could then keep a process busy. */
export function quickly<T>(run: () => T): T {
  // Measures CPU time, not clock time, because other programs may use the processors.
  const begun = process.threadCpuUsage();
  const result = run();
  const { user } = process.threadCpuUsage(begun);
  assert.ok(user / 1000 < MAX_TIME_MS, `it took longer than ${MAX_TIME_MS} ms`);
  return result;
}
