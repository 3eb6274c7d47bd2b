import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { hasCode } from "../system/error-code.ts";
import { DecompressionError } from "./decompression-error.ts";

/**
 * Decompresses with the program `bzip2`: Node has no decoder, and those of other packages do not bound their memory. Only
 * old caches have such archives.
 */
export async function* decompressBzip2(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const program = spawn("bzip2", ["-dc"], { stdio: ["pipe", "pipe", "ignore"], env: {} });
  const ended = once(program, "close");
  ended.catch(() => undefined);
  // A damaged archive ends the program before it has read everything. Its exit code tells.
  const feeding = pipeline(Readable.from(chunks, { objectMode: false }), program.stdin).catch((error: unknown) => error);
  try {
    const output: AsyncIterable<Uint8Array> = program.stdout;
    for await (const chunk of output) yield chunk;
    await checkEnd(ended, await feeding);
  } finally {
    program.kill("SIGKILL");
  }
}

async function checkEnd(ended: Promise<unknown[]>, feedingError: unknown): Promise<void> {
  try {
    const [code] = await ended;
    if (hasCode(feedingError, "EPIPE") || code !== 0) throw new DecompressionError("bzip2", "is damaged or ends early");
  } catch (cause) {
    if (!hasCode(cause, "ENOENT")) throw cause;
    throw new DecompressionError("bzip2", "needs the program bzip2, which this machine lacks", { cause });
  }
  // The source of the chunks has failed.
  if (feedingError !== undefined) throw feedingError;
}
