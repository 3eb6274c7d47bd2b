import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";

/** An entry of an archive: a header, and the contents of a file. */
export type Entry = readonly [header: Partial<Header> & Pick<Header, "name">, contents?: string];

/** A `.tar.gz` archive with these entries. */
export async function tarGz(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const [header, contents = ""] of entries) tar.entry(header, contents);
  tar.finalize();
  return gzipSync(await buffer(tar));
}

/** Passes bytes on in small parts. */
export async function* inParts(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
