import type { Readable } from "node:stream";
import { setImmediate, setTimeout } from "node:timers/promises";
import { type LineLimit, LineReader } from "./lines.ts";
import { type Rate, TokenBucket } from "./token-bucket.ts";

export interface Budget {
  readonly lines: Rate;
  readonly bytes: Rate;
}

interface ReadLinesOptions {
  readonly limit: LineLimit;
  /** Above this rate, reading pauses and the writer has to wait. If undefined, there is no limit. */
  readonly budget?: Budget | undefined;
  /** After an abort, the rest is read and dropped: the writer may have to print it before it can end. */
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/** A chunk of 64 KiB can have 65,536 lines. So other work gets a turn after each 500 of them. */
const LINES_A_TURN = 500;

/** Reads a stream to its end, line by line. Throws the errors of `onLine`. */
export async function readLines(input: Readable, options: ReadLinesOptions): Promise<void> {
  const reader = new LineReader(options.limit);
  const pace = createPace(options);
  const chunks: AsyncIterable<Buffer> = input;
  for await (const chunk of chunks) {
    if (options.signal.aborted) continue;
    await readAll(reader.read(chunk), chunk.length, pace, options);
  }
  if (!options.signal.aborted) await readAll(reader.end(), 0, pace, options);
}

const clock = () => performance.now();

type Pace = (lines: number, bytes: number) => Promise<void>;

async function readAll(
  lines: Iterable<string>,
  bytes: number,
  pace: Pace,
  { onLine, signal }: ReadLinesOptions,
): Promise<void> {
  let count = 0;
  for (const line of lines) {
    onLine(line);
    count += 1;
    if (count < LINES_A_TURN) continue;
    await pace(count, 0);
    if (signal.aborted) return;
    count = 0;
  }
  await pace(count, bytes);
}

/** Returns a function that waits until the lines and bytes are within the budget. */
function createPace({ budget, signal }: ReadLinesOptions): Pace {
  if (!budget) return (lines) => (lines < LINES_A_TURN ? Promise.resolve() : setImmediate());
  const lineBucket = new TokenBucket(budget.lines, clock);
  const byteBucket = new TokenBucket(budget.bytes, clock);
  return async (lines, bytes) => {
    const waitMs = Math.max(lineBucket.take(lines), byteBucket.take(bytes));
    if (waitMs === 0) return lines < LINES_A_TURN ? undefined : setImmediate();
    // An abort ends the wait.
    await setTimeout(waitMs, undefined, { signal }).catch(() => {});
  };
}
