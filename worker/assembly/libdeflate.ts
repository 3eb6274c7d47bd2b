import { GZIP_LEVEL, MEMBER_BYTES } from "../../image/compression/members.ts";

/** What the WebAssembly of libdeflate 0.1.0 exports. Emscripten has shortened these names, and those of its imports. */
const EXPORTS = {
  memory: "c",
  initialise: "d",
  newCompressor: "e",
  compressGzip: "l",
  maxGzipBytes: "m",
  allocate: "n",
} as const;

type WasmFunction = (...parameters: readonly number[]) => number;

/**
 * Makes a compressor of gzip members, with the bytes of the package `libdeflate`. The compressor and its two buffers last
 * as long as the returned function, so a call allocates nothing. The memory stays at its first size of 16 MiB.
 * The returned function throws `RangeError` for more bytes than a member may have.
 */
export function createGzip(module: WebAssembly.Module): (bytes: Uint8Array) => Uint8Array<ArrayBuffer> {
  const { memory, functionOf } = instantiate(module);
  functionOf("initialise")();
  const allocate = functionOf("allocate");
  const compress = functionOf("compressGzip");
  const maxBytes = functionOf("maxGzipBytes");
  const compressor = functionOf("newCompressor")(GZIP_LEVEL);
  const input = allocate(MEMBER_BYTES.gzip);
  const output = allocate(maxBytes(compressor, MEMBER_BYTES.gzip));
  return (bytes) => {
    if (bytes.length > MEMBER_BYTES.gzip) throw new RangeError(`a member has no room for ${bytes.length} bytes`);
    memory.set(bytes, input);
    const size = compress(compressor, input, bytes.length, output, maxBytes(compressor, bytes.length));
    return memory.slice(output, output + size);
  };
}

interface Instance {
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly functionOf: (name: keyof typeof EXPORTS) => WasmFunction;
}

function instantiate(module: WebAssembly.Module): Instance {
  // It must return nothing. WebAssembly makes a number of any result, and of the whole memory this takes seconds.
  const copyMemory = (target: number, source: number, size: number) => {
    memory.copyWithin(target, source, source + size);
  };
  const { exports } = new WebAssembly.Instance(module, { a: { a: refuseMemory, b: copyMemory } });
  const exported = exports[EXPORTS.memory];
  if (!(exported instanceof WebAssembly.Memory)) throw new TypeError("libdeflate exports no memory");
  const memory = new Uint8Array(exported.buffer);
  return { memory, functionOf: (name) => wasmFunction(exports[EXPORTS[name]]) };
}

function refuseMemory(): never {
  throw new Error("libdeflate needs more memory than its first 16 MiB");
}

function wasmFunction(exported: unknown): WasmFunction {
  if (typeof exported !== "function") throw new TypeError("libdeflate lacks a function");
  return (...parameters) => {
    const result: unknown = Reflect.apply(exported, undefined, parameters);
    return Number(result);
  };
}
