import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Header as TarHeader, pack as createPack, type Pack } from "tar-stream";
import { sha256Digest } from "../../protocol/digest.ts";
import type { LayerRecord } from "./layer-record.ts";
import type { TarEntry } from "./tar-entry.ts";

/** The modification time of every file in a Nix store, one second after the epoch. */
const MODIFIED = new Date(1000);
/** Part of the output format: another level gives other bytes. Four is nearly twice as fast as six, 4 % larger. */
const GZIP_LEVEL = 4;
/** zlib's largest window and memory; named because they are part of the output format, too. */
const GZIP_OPTIONS = { level: GZIP_LEVEL, windowBits: 15, memLevel: 8, chunkSize: 65_536 };
/** A file up to this size is read at once, which is ten times as fast for small files as a stream; bytes. */
const MAX_READ_AT_ONCE = 1_048_576;
const READ_CHUNK_BYTES = 262_144;

/** One pass in constant memory: tar, diffID, gzip, digest and size, sink. */
export async function packLayer(
  entries: AsyncIterable<TarEntry> | Iterable<TarEntry>,
  sink: NodeJS.WritableStream,
  signal: AbortSignal,
): Promise<LayerRecord> {
  const tar = createPack();
  const diffId = createHash("sha256");
  const digest = createHash("sha256");
  let size = 0;
  const seeTar = observe((chunk) => diffId.update(chunk));
  const seeGzip = observe((chunk) => {
    digest.update(chunk);
    size += chunk.length;
  });
  await Promise.all([
    writeEntries(tar, entries),
    pipeline(seeTar(tar), createGzip(GZIP_OPTIONS), seeGzip, sink, { signal }),
  ]);
  return { digest: sha256Digest(digest.digest("hex")), diffId: sha256Digest(diffId.digest("hex")), size };
}

/** A pipeline stage that passes every chunk on as it is. */
function observe(see: (chunk: Uint8Array) => void) {
  return async function* (source: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError("a stream of bytes holds something else");
      see(chunk);
      yield chunk;
    }
  };
}

async function writeEntries(tar: Pack, entries: AsyncIterable<TarEntry> | Iterable<TarEntry>): Promise<void> {
  try {
    for await (const entry of entries) await writeEntry(tar, entry);
    tar.finalize();
  } catch (error) {
    // Ends the pipeline as well, which would otherwise wait for ever.
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

async function writeEntry(tar: Pack, entry: TarEntry): Promise<void> {
  switch (entry.type) {
    case "directory":
      return writeBytes(tar, header(entry.name, "directory", entry.mode), undefined);
    case "symlink":
      return writeBytes(tar, { ...header(entry.name, "symlink", 0o777), linkname: entry.target }, undefined);
    case "file": {
      const { content } = entry;
      const fields = header(entry.name, "file", entry.mode);
      if (content.kind === "bytes") return writeBytes(tar, fields, content.bytes);
      if (content.size <= MAX_READ_AT_ONCE) return writeBytes(tar, fields, await readWhole(content));
      const source = createReadStream(content.path, { highWaterMark: READ_CHUNK_BYTES });
      return pipeline(source, tar.entry({ ...fields, size: content.size }));
    }
  }
}

async function readWhole({ path, size }: { readonly path: string; readonly size: number }): Promise<Uint8Array> {
  const bytes = await readFile(path);
  if (bytes.length !== size) throw new Error(`${path} has ${bytes.length} bytes; it was listed with ${size}`);
  return bytes;
}

function writeBytes(tar: Pack, fields: Header, bytes: Uint8Array | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve());
    if (bytes === undefined) tar.entry(fields, done);
    else tar.entry(fields, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), done);
  });
}

type Header = Partial<TarHeader> & Pick<TarHeader, "name">;

/** Every field is set: what is left out, the library takes from the machine or the clock. */
function header(name: string, type: "directory" | "file" | "symlink", mode: number): Header {
  return {
    name,
    type,
    mode,
    mtime: MODIFIED,
    uid: 0,
    gid: 0,
    uname: "",
    gname: "",
    devmajor: 0,
    devminor: 0,
    pax: null,
  };
}
