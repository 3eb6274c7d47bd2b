import { joinBytes } from "./join-bytes.ts";

/** Compresses with the compressor that Node and workerd both have. */
export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const compressed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(compressed).arrayBuffer());
}

/** Undefined if the bytes are damaged, or if they become more than `maxBytes`. Then it stops early. */
export async function gunzip(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const decompressor = new DecompressionStream("gzip");
  const stream: ReadableStream<Uint8Array> = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(decompressor);
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const chunk of stream) {
      total += chunk.length;
      if (total > maxBytes) return undefined;
      chunks.push(chunk);
    }
  } catch {
    // The runtimes have different errors for damage. Nothing else can fail here.
    return undefined;
  }
  return joinBytes(chunks);
}
