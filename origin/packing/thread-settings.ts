import { isJsonObject, jsonMembers } from "../../protocol/json-object.ts";
import type { LayerCompression } from "../../protocol/media-types.ts";
import type { CompressorSettings, PackerOptions } from "./messages.ts";

/** Reads the `workerData` of a packing thread. */
export function parsePackerOptions(data: unknown): PackerOptions {
  const { compressors, compression, startsUnpacking } = isJsonObject(data) ? data : {};
  if (typeof compressors !== "number") throw new TypeError("a packing thread needs the number of its compressors");
  return { compressors, compression: parseCompression(compression), startsUnpacking: startsUnpacking === true };
}

/** Reads the `workerData` of a compressing thread. */
export function parseCompressorSettings(data: unknown): CompressorSettings {
  const { compression, slabs } = isJsonObject(data) ? data : {};
  const buffers = jsonMembers(slabs).filter((slab) => slab instanceof SharedArrayBuffer);
  return { compression: parseCompression(compression), slabs: buffers };
}

function parseCompression(name: unknown): LayerCompression {
  if (name === "gzip" || name === "zstd") return name;
  throw new TypeError(`a thread cannot compress with ${String(name)}`);
}
