import type { BrotliDecompress, Gunzip, ZstdDecompress } from "node:zlib";
import { hasCode } from "../system/error-code.ts";
import { DecompressionError } from "./decompression-error.ts";

export type Decoder = BrotliDecompress | Gunzip | ZstdDecompress;

/**
 * Decompresses members that follow each other. Node's decoders for zstd and brotli end after the first member, and drop
 * the rest of the chunk without an error. So a new decoder goes on with the bytes that the last one has not read.
 */
export async function* decodeMembers(
  compression: string,
  create: () => Decoder,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  await using input = new UnreadInput(chunks);
  try {
    do yield* decodeMember(create(), input);
    while (await input.next());
  } catch (error) {
    if (error === input.failure) throw error;
    const problem = hasCode(error, "Z_BUF_ERROR") ? "ends early" : "is damaged";
    throw new DecompressionError(compression, problem, { cause: error });
  }
}

async function* decodeMember(decoder: Decoder, input: UnreadInput): AsyncGenerator<Uint8Array> {
  const feeding = feed(decoder, input);
  try {
    yield* decoder;
  } finally {
    decoder.destroy();
    await feeding;
  }
}

/** Writes one chunk at a time, so that the chunk with the end of a member is known. */
async function feed(decoder: Decoder, input: UnreadInput): Promise<void> {
  try {
    for (let chunk = await input.next(); chunk && !decoder.destroyed; chunk = await input.next()) {
      const before = decoder.bytesWritten;
      await write(decoder, chunk);
      input.skip(decoder.bytesWritten - before);
      if (decoder.readableEnded) return;
    }
    decoder.end();
  } catch (error) {
    decoder.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

/** Resolves when the decoder wants another chunk. At the end of a member, it never calls the callback of `write`. */
function write(decoder: Decoder, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    function finish(): void {
      decoder.off("end", finish);
      decoder.off("close", finish);
      resolve();
    }
    decoder.once("end", finish);
    decoder.once("close", finish);
    decoder.write(chunk, finish);
  });
}

/** The bytes of chunks that no decoder has read. */
class UnreadInput implements AsyncDisposable {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();
  #failure: unknown;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The error of the source. It says nothing about the bytes. */
  get failure(): unknown {
    return this.#failure;
  }

  /** The rest of the current chunk, or the next one that has bytes. Undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#pull();
      if (done) return undefined;
      this.#rest = value;
    }
    return this.#rest;
  }

  skip(bytes: number): void {
    this.#rest = this.#rest.subarray(bytes);
  }

  async #pull(): Promise<IteratorResult<Uint8Array, unknown>> {
    try {
      return await this.#chunks.next();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chunks.return?.();
  }
}
