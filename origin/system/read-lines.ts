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
  /** Above it, reading stops for a moment, and the writer has to wait; none when left out. */
  readonly budget?: Budget | undefined;
  /** After an abort, what comes is read and thrown away: the writer may need to print more before it can end. */
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/** Sixty-four KiB may be as many lines: other work has its turn between so many. */
const LINES_A_TURN = 500;

/** Reads a stream to its end, line by line. Throws what `onLine` throws. */
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

/** Waits until lines and bytes that were read are within the budget. */
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
