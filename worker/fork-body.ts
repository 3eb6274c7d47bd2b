import { type DigestCheck, DigestError } from "./digest-check.ts";
import { logFailure } from "./errors.ts";

/** Large enough that the runtime, not the chunks, sets the pace; bytes. */
const CHUNK_BYTES = 128 * 1024;
/** Chunks that the copy may be behind; with them half a megabyte is what a fork holds at most. */
const MAX_LAG_CHUNKS = 4;
/** So long, over the whole body, may the copy hold the client up before it is given up. */
const PATIENCE_MS = 500;

export interface BodyFork {
  readonly client: ReadableStream<Uint8Array>;
  /** Breaks off when the body does, when the client leaves, and when its own reader is too slow. */
  readonly copy: ReadableStream<Uint8Array>;
  /** Whether the copy got all bytes, and all of them were right. Never rejects. */
  readonly isCopied: Promise<boolean>;
}

/**
 * Reads a body of a known length once for two readers, of which only the first matters: it sets the pace. `tee()`
 * would hold in memory all that the slower one has not read yet. With a check, neither gets the last bytes of a body
 * whose bytes are wrong: it breaks off.
 */
export function forkBody(body: ReadableStream<Uint8Array>, size: number, check?: DigestCheck): BodyFork {
  const client = new FixedLengthStream(size);
  const copy = new FixedLengthStream(size);
  const isCopied = pump(
    body.getReader({ mode: "byob" }),
    client.writable.getWriter(),
    new Copy(copy.writable.getWriter()),
    check && checkOf(check, size),
  );
  return { client: client.readable, copy: copy.readable, isCopied };
}

async function pump(
  reader: ReadableStreamBYOBReader,
  client: WritableStreamDefaultWriter<Uint8Array>,
  copy: Copy,
  check?: (chunk: Uint8Array) => Promise<void>,
): Promise<boolean> {
  try {
    for (;;) {
      const { value, done } = await reader.readAtLeast(CHUNK_BYTES, new Uint8Array(CHUNK_BYTES));
      if (done) break;
      await check?.(value);
      copy.write(value);
      await client.write(value);
      await copy.catchUp();
    }
    const isCopied = copy.close();
    await client.close();
    return await isCopied;
  } catch (error) {
    if (error instanceof DigestError) logFailure("a blob is damaged", error);
    copy.giveUp(error);
    await Promise.allSettled([client.abort(error), reader.cancel(error)]);
    return false;
  }
}

/** Takes chunk after chunk of a body; rejects with the last one when the body's bytes are wrong. */
function checkOf(check: DigestCheck, size: number): (chunk: Uint8Array) => Promise<void> {
  let left = size;
  return async (chunk) => {
    await check.add(chunk);
    left -= chunk.length;
    if (left === 0) await check.end();
  };
}

/** The copy of a body, as long as it is not given up. */
class Copy {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  /** Writes that were not taken yet, oldest first. */
  readonly #lag: Promise<void>[] = [];
  #patienceMs = PATIENCE_MS;
  #isGivenUp = false;

  constructor(writer: WritableStreamDefaultWriter<Uint8Array>) {
    this.#writer = writer;
  }

  write(chunk: Uint8Array): void {
    if (!this.#isGivenUp) this.#lag.push(this.#writer.write(chunk).catch((error: unknown) => this.giveUp(error)));
  }

  /** Waits for the oldest write if there are too many, but not for long. */
  async catchUp(): Promise<void> {
    if (this.#isGivenUp || this.#lag.length <= MAX_LAG_CHUNKS) return;
    const started = Date.now();
    if (!(await isDoneWithin(this.#lag.shift(), this.#patienceMs))) this.giveUp(new Error("the copy is too slow"));
    this.#patienceMs -= Date.now() - started;
  }

  /** Whether all was taken. */
  async close(): Promise<boolean> {
    if (this.#isGivenUp) return false;
    const closed = this.#writer.close().catch((error: unknown) => this.giveUp(error));
    if (!(await isDoneWithin(closed, this.#patienceMs))) this.giveUp(new Error("the copy is too slow"));
    return !this.#isGivenUp;
  }

  giveUp(reason: unknown): void {
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    this.#lag.length = 0;
    this.#writer.abort(reason).catch((error: unknown) => logFailure("giving up a copy failed", error));
  }
}

async function isDoneWithin(work: Promise<void> | undefined, limitMs: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  const isDone = await Promise.race([Promise.resolve(work).then(() => true), limit]);
  clearTimeout(timer);
  return isDone;
}
