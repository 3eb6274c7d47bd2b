import type { FileHandle } from "node:fs/promises";
import type { FolderNode, TreeNode } from "./archive-tree.ts";

/** A part of another file. */
interface Span {
  readonly offset: number;
  readonly size: number;
}

/** Each text of an archive fills a multiple of this many bytes. */
const ALIGNMENT = 8;
const LENGTH_BYTES = 8;
/** Bytes that are read at a time. Files that follow each other in the archive do so in the content, too, or nearly. */
const WINDOW_BYTES = 262_144;
/** Small texts are joined until they have this many bytes. */
const CHUNK_BYTES = 262_144;

/**
 * The NAR archive of a tree: https://nix.dev/manual/nix/2.28/protocols/nix-archive/
 * `content` has the bytes of all files.
 */
export async function* narOf(root: FolderNode, content: FileHandle): AsyncGenerator<Uint8Array> {
  const read = windowReader(content);
  let pending: Uint8Array[] = [];
  let bytes = 0;
  for (const part of archive(root)) {
    for (const chunk of part instanceof Uint8Array ? [part] : pieces(part)) {
      const data = chunk instanceof Uint8Array ? chunk : await read(chunk);
      pending.push(data);
      bytes += data.length;
      if (bytes < CHUNK_BYTES) continue;
      yield Buffer.concat(pending);
      pending = [];
      bytes = 0;
    }
  }
  yield Buffer.concat(pending);
}

function* archive(root: FolderNode): Generator<Uint8Array | Span> {
  yield texts("nix-archive-1");
  yield* node(root);
}

function* node(value: TreeNode): Generator<Uint8Array | Span> {
  switch (value.kind) {
    case "file": {
      const { offset, size } = value;
      yield texts("(", "type", "regular", ...(value.isExecutable ? ["executable", ""] : []), "contents");
      yield length(size);
      yield { offset, size };
      yield padding(size);
      break;
    }
    case "link":
      yield texts("(", "type", "symlink", "target", value.target);
      break;
    case "folder":
      yield texts("(", "type", "directory");
      for (const [name, child] of sorted(value)) {
        yield texts("entry", "(", "name", name, "node");
        yield* node(child);
        yield texts(")");
      }
  }
  yield texts(")");
}

/** By the bytes of the names. Nix refuses another order. */
function sorted({ children }: FolderNode): [name: string, child: TreeNode][] {
  const entries = [...children].map(([name, child]) => ({ name, child, bytes: Buffer.from(name) }));
  return entries.toSorted((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ name, child }) => [name, child]);
}

function texts(...values: readonly string[]): Uint8Array {
  return Buffer.concat(
    values.flatMap((value) => {
      const bytes = Buffer.from(value);
      return [length(bytes.length), bytes, padding(bytes.length)];
    }),
  );
}

function length(value: number): Uint8Array {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function padding(size: number): Uint8Array {
  return Buffer.alloc((ALIGNMENT - (size % ALIGNMENT)) % ALIGNMENT);
}

function* pieces({ offset, size }: Span): Generator<Span> {
  for (let at = 0; at < size; at += WINDOW_BYTES)
    yield { offset: offset + at, size: Math.min(WINDOW_BYTES, size - at) };
}

/**
 * Reads spans of at most one window. Most files are much smaller than a window. So if a span follows the last one, the
 * reader reads a window at once.
 */
function windowReader(content: FileHandle): (span: Span) => Promise<Uint8Array> {
  let start = 0;
  let window: Uint8Array = new Uint8Array();
  let next = 0;
  return async ({ offset, size }) => {
    if (offset < start || offset + size > start + window.length) {
      const wanted = offset === next ? WINDOW_BYTES : size;
      const { buffer, bytesRead } = await content.read(Buffer.alloc(wanted), 0, wanted, offset);
      window = buffer.subarray(0, bytesRead);
      start = offset;
    }
    next = offset + size;
    const data = window.subarray(offset - start, next - start);
    if (data.length < size) throw new Error(`the content of an archive ends before byte ${next}`);
    return data;
  };
}
