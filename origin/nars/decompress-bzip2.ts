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
  const feeding = pipeline(Readable.from(chunks, { objectMode: false }), program.stdin).catch(
    (error: unknown) => error,
  );
  try {
    const output: AsyncIterable<Uint8Array> = program.stdout;
    for await (const chunk of output) yield chunk;
    await checkEnd(ended, await feeding);
  } finally {
    program.kill("SIGKILL");
  }
}

/** The program ends early if the archive is damaged. Then it no longer reads its input. */
const ENDED_EARLY = ["EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ERR_STREAM_DESTROYED"] as const;

async function checkEnd(ended: Promise<unknown[]>, feedingError: unknown): Promise<void> {
  const [code] = await ended.catch((cause: unknown) => {
    if (!hasCode(cause, "ENOENT")) throw cause;
    throw new DecompressionError("bzip2", "needs the program bzip2, which this machine lacks", { cause });
  });
  if (feedingError !== undefined && !hasCode(feedingError, ...ENDED_EARLY)) throw feedingError;
  if (code !== 0) throw new DecompressionError("bzip2", "is damaged or ends early");
}
