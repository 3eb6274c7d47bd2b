import {
  code,
  end,
  initModule,
  LZMA_BUF_ERROR,
  LZMA_DATA_ERROR,
  LZMA_FINISH,
  LZMA_FORMAT_ERROR,
  LZMA_MEM_ERROR,
  LZMA_MEMLIMIT_ERROR,
  LZMA_OK,
  LZMA_OPTIONS_ERROR,
  LZMA_RUN,
  LZMA_STREAM_END,
  type LZMAModule,
  WasmLzmaStream,
} from "node-liblzma/wasm";
import { DecompressionError } from "./decompression-error.ts";

/**
 * The memory that one archive may have, in bytes. `xz -9` needs 65 MiB, and Nix's own level 9 MiB. All archives of a
 * thread share the module's memory, which grows to 256 MiB at most.
 */
const MEMORY_LIMIT = 83_886_080;
/** `LZMA_CONCATENATED`: streams may follow each other, with zeros between them, as the format allows. */
const CONCATENATED = 0x08;
const INPUT_BYTES = 65_536;
const OUTPUT_BYTES = 262_144;

const PROBLEMS: ReadonlyMap<number, string> = new Map([
  [LZMA_MEM_ERROR, "needs more memory than other archives leave"],
  [LZMA_MEMLIMIT_ERROR, `needs more than ${MEMORY_LIMIT / 1_048_576} MiB of memory`],
  [LZMA_FORMAT_ERROR, "is damaged"],
  [LZMA_OPTIONS_ERROR, "has options that are not supported"],
  [LZMA_DATA_ERROR, "is damaged"],
  [LZMA_BUF_ERROR, "ends early"],
]);

/** Decompresses xz: one or more streams. Throws `DecompressionError`. */
export async function* decompressXz(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new XzDecoder(await initModule());
  try {
    for await (const chunk of chunks) yield* decoder.decode(chunk);
    yield* decoder.finish();
  } finally {
    decoder.free();
  }
}

/** A decoder of liblzma, with an input buffer and an output buffer in the module's memory. */
class XzDecoder {
  readonly #lzma: LZMAModule;
  readonly #stream: WasmLzmaStream;
  readonly #input: number;
  readonly #output: number;

  constructor(lzma: LZMAModule) {
    this.#lzma = lzma;
    this.#stream = new WasmLzmaStream(lzma);
    this.#input = this.#call("malloc", INPUT_BYTES + OUTPUT_BYTES);
    this.#output = this.#input + INPUT_BYTES;
    // `decoderInit` of the package cannot set the flag.
    const result = this.#call("lzma_stream_decoder", this.#stream.ptr, BigInt(MEMORY_LIMIT), CONCATENATED);
    if (this.#input !== 0 && result === LZMA_OK) return;
    this.free();
    throw problemOf(LZMA_MEM_ERROR);
  }

  *decode(chunk: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < chunk.length; at += INPUT_BYTES) {
      const part = chunk.subarray(at, at + INPUT_BYTES);
      // The array is another one whenever the memory has grown.
      this.#lzma.HEAPU8.set(part, this.#input);
      this.#stream.setInput(this.#input, part.length);
      yield* this.#run(LZMA_RUN);
    }
  }

  finish(): Generator<Uint8Array> {
    this.#stream.setInput(this.#input, 0);
    return this.#run(LZMA_FINISH);
  }

  free(): void {
    end(this.#stream);
    this.#call("free", this.#input);
    this.#stream.free();
  }

  /** Calls a function of the module. A function without a result gives 0. */
  #call(name: string, ...values: readonly (number | bigint)[]): number {
    const types = values.map(() => "number");
    return Number(this.#lzma.ccall(name, "number", types, [...values]) ?? 0);
  }

  /** Yields the output until the decoder wants more input, or is at the end. */
  *#run(action: number): Generator<Uint8Array> {
    for (;;) {
      this.#stream.setOutput(this.#output, OUTPUT_BYTES);
      const result = code(this.#stream, action);
      const { availIn, availOut } = this.#stream;
      if (availOut < OUTPUT_BYTES) yield this.#lzma.HEAPU8.slice(this.#output, this.#output + OUTPUT_BYTES - availOut);
      if (result === LZMA_STREAM_END) return;
      const wantsMore = action === LZMA_RUN && availIn === 0 && availOut > 0;
      // Without input there is no progress. liblzma reports that as an error, too.
      if (wantsMore && (result === LZMA_OK || result === LZMA_BUF_ERROR)) return;
      if (result !== LZMA_OK) throw problemOf(result);
    }
  }
}

function problemOf(result: number): DecompressionError {
  return new DecompressionError("xz", PROBLEMS.get(result) ?? `is refused by liblzma with code ${result}`);
}
