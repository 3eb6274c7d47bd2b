import type { Readable } from "node:stream";
import { type Command, CommandError, describeExit, waitForExit } from "./command.ts";
import { commandLine, debug } from "./debug.ts";
import { LastLines } from "./last-lines.ts";
import { startGroup, terminateGroup } from "./process-group.ts";
import { readLines } from "./read-lines.ts";

/** A program that answers in bytes what it is asked in bytes. */
export interface Conversation extends Disposable {
  write(bytes: Uint8Array): void;
  /**
   * Returns the next bytes of the answer, exactly as many. If the program ends before, throws `CommandError` with the last
   * lines of its log, or the signal's reason after an abort.
   */
  read(count: number): Promise<Buffer>;
}

const MAX_LINE_BYTES = 8192;

/** Starts a program. When it is disposed of, or the signal aborts, it ends soon, with all its children. */
export function startConversation(command: Command, signal: AbortSignal): Conversation {
  signal.throwIfAborted();
  debug(() => `start ${commandLine(command.file, command.args)}`);
  const child = startGroup(command);
  // The answer that does not come says that the program has ended.
  child.stdin.on("error", () => {});
  const log = new LastLines();
  const exit = waitForExit(child, command.file);
  const ended = Promise.allSettled([exit, keepLog(child.stderr, log, signal)]);
  const terminate = () => void terminateGroup(child);
  signal.addEventListener("abort", terminate);
  const answer = new ByteReader(child.stdout);
  return {
    write: (bytes) => void child.stdin.write(bytes),
    async read(count) {
      const bytes = await answer.take(count);
      if (bytes) return bytes;
      await ended;
      signal.throwIfAborted();
      const how = describeExit(await exit);
      throw new CommandError(log.isEmpty ? `${command.file} ended with ${how} before its answer` : log.text);
    },
    [Symbol.dispose]() {
      signal.removeEventListener("abort", terminate);
      terminate();
    },
  };
}

function keepLog(stderr: Readable, log: LastLines, signal: AbortSignal): Promise<void> {
  const limit = { maxBytes: MAX_LINE_BYTES, onLong: (beginning: string) => beginning };
  return readLines(stderr, { limit, signal, onLine: (line) => log.add(line) });
}

class ByteReader {
  readonly #chunks: AsyncIterator<Buffer, undefined>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer, undefined>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Undefined if the stream ends before. */
  async take(count: number): Promise<Buffer | undefined> {
    while (this.#rest.length < count) {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      this.#rest = Buffer.concat([this.#rest, next.value]);
    }
    const bytes = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return bytes;
  }
}
