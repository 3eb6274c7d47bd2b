import { type DigestCheck, DigestError } from "./digest-check.ts";
import { logFailure } from "../answers/errors.ts";
import { within } from "../requests/time-limit.ts";

/** Large enough that the number of chunks does not limit the speed. Bytes. */
const CHUNK_BYTES = 128 * 1024;
/** The copy may be this many chunks behind the client. So a fork holds half a megabyte at most. */
const MAX_LAG_CHUNKS = 4;
/** The copy may delay the client by this time over the whole body. Then the copy is given up. */
const PATIENCE_MS = 500;

/** How the way of a body ended. If it is damaged, its readers do not get the last bytes. */
export type Passage = "whole" | "damaged" | "broken off";

export interface BodyFork {
  readonly client: ReadableStream<Uint8Array>;
  /** Breaks off if the body breaks off, if the client leaves, or if the reader of the copy is too slow. */
  readonly copy: ReadableStream<Uint8Array>;
  /** `whole` only if the copy, if there is one, has every byte. Never rejects. */
  readonly passage: Promise<Passage>;
}

/**
 * Reads a body of a known length once, for two readers: the client and the copy. The client sets the pace. `tee()`
 * would hold in memory everything that the slower reader has not read yet. With a check, a body with wrong bytes breaks
 * off, and no reader gets its last bytes.
 */
export function forkBody(body: ReadableStream<unknown>, size: number, check?: DigestCheck): BodyFork {
  const client = new FixedLengthStream(size);
  const copy = new FixedLengthStream(size);
  const passage = pump(body, client.writable, { check: check && checkOf(check, size), copy: new Copy(copy.writable) });
  return { client: client.readable, copy: copy.readable, passage };
}

/** Like `forkBody`, but for the client only. */
export function checkBody(
  body: ReadableStream<unknown>,
  size: number,
  check: DigestCheck,
): Pick<BodyFork, "client" | "passage"> {
  const client = new FixedLengthStream(size);
  return { client: client.readable, passage: pump(body, client.writable, { check: checkOf(check, size) }) };
}

interface Stages {
  readonly check?: ((chunk: Uint8Array) => Promise<void>) | undefined;
  readonly copy?: Copy;
}

async function pump(
  body: ReadableStream<unknown>,
  writable: WritableStream<Uint8Array>,
  { check, copy }: Stages,
): Promise<Passage> {
  const reader = body.getReader({ mode: "byob" });
  const client = writable.getWriter();
  try {
    for (;;) {
      const { value, done } = await reader.readAtLeast(CHUNK_BYTES, new Uint8Array(CHUNK_BYTES));
      if (done) break;
      await check?.(value);
      copy?.write(value);
      await client.write(value);
      await copy?.catchUp();
    }
    const isCopied = copy?.close() ?? true;
    await client.close();
    return (await isCopied) ? "whole" : "broken off";
  } catch (error) {
    const isDamaged = error instanceof DigestError;
    if (isDamaged) logFailure("a blob is damaged", error);
    copy?.giveUp(error);
    await Promise.allSettled([client.abort(error), reader.cancel(error)]);
    return isDamaged ? "damaged" : "broken off";
  }
}

/** Takes the chunks of a body one by one. Rejects the last chunk if the body's bytes are wrong. */
function checkOf(check: DigestCheck, size: number): (chunk: Uint8Array) => Promise<void> {
  let left = size;
  return async (chunk) => {
    await check.add(chunk);
    left -= chunk.length;
    if (left === 0) await check.end();
  };
}

/** The copy of a body. It may be given up before its end. */
class Copy {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  /** Writes that the copy's reader has not taken yet, oldest first. */
  readonly #lag: Promise<void>[] = [];
  #patienceMs = PATIENCE_MS;
  #isGivenUp = false;

  constructor(writable: WritableStream<Uint8Array>) {
    this.#writer = writable.getWriter();
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

  /** Whether the reader has taken everything. */
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
  return (
    (await within(
      limitMs,
      Promise.resolve(work).then(() => true),
    )) === true
  );
}
