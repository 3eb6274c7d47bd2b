import type { FileHandle } from "node:fs/promises";
import { END, ENTRY, EXECUTABLE, FILE, FOLDER, LINK, MAGIC, NODE } from "./nar-texts.ts";
import type { FolderNode, TreeNode } from "./tree.ts";
import { ALIGNMENT, NUMBER_BYTES, padded, writeNumber } from "./wire-format.ts";

/** A part of another file. */
interface Span {
  readonly offset: number;
  readonly size: number;
}

/** Bytes that are read at a time. Files that follow each other in the archive do so in the content, too, or nearly. */
const WINDOW_BYTES = 262_144;
/** Small texts are joined until they have this many bytes. */
const CHUNK_BYTES = 262_144;
/** Texts are written into buffers of this size. */
const SLAB_BYTES = 65_536;

/**
 * The NAR archive of a tree: https://nix.dev/manual/nix/2.28/protocols/nix-archive/
 * `content` has the bytes of all files.
 */
export async function* narOf(root: FolderNode, content: FileHandle): AsyncGenerator<Uint8Array> {
  const read = windowReader(content);
  let pending: Uint8Array[] = [];
  let bytes = 0;
  for (const part of partsOf(root)) {
    for (const piece of part instanceof Uint8Array ? [part] : pieces(part)) {
      const data = piece instanceof Uint8Array ? piece : await read(piece);
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

/** The texts of the archive, and between them the places of the files. The texts have some 200 bytes a file. */
function partsOf(root: FolderNode): readonly (Uint8Array | Span)[] {
  const writer = new PartsWriter();
  writer.bytes(MAGIC);
  writeNode(writer, root);
  return writer.end();
}

function writeNode(writer: PartsWriter, node: TreeNode): void {
  switch (node.kind) {
    case "file":
      writer.bytes(node.isExecutable ? EXECUTABLE : FILE);
      writer.file(node);
      break;
    case "link":
      writer.bytes(LINK);
      writer.text(node.target);
      break;
    case "folder":
      writer.bytes(FOLDER);
      for (const [name, child] of sorted(node)) {
        writer.bytes(ENTRY);
        writer.text(name);
        writer.bytes(NODE);
        writeNode(writer, child);
        writer.bytes(END);
      }
  }
  writer.bytes(END);
}

/** By the bytes of the names. Nix refuses another order. */
function sorted({ children }: FolderNode): [name: string, child: TreeNode][] {
  const entries = [...children].map(([name, child]) => ({ name, child, bytes: Buffer.from(name) }));
  return entries.toSorted((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ name, child }) => [name, child]);
}

/** Writes texts one behind the other. It allocates one buffer for many texts, because an archive has a million of them. */
class PartsWriter {
  readonly #parts: (Uint8Array | Span)[] = [];
  #slab = Buffer.alloc(SLAB_BYTES);
  /** The part of the slab that is not in `#parts` yet. */
  #from = 0;
  #at = 0;

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#slab.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.#length(size);
    this.#reserve(padded(size));
    this.#slab.write(value, this.#at);
    this.#at += padded(size);
  }

  file({ offset, size }: Span): void {
    this.#length(size);
    this.#flush();
    this.#parts.push({ offset, size });
    this.#reserve(ALIGNMENT);
    this.#at += padded(size) - size;
  }

  end(): readonly (Uint8Array | Span)[] {
    this.#flush();
    return this.#parts;
  }

  #length(value: number): void {
    this.#reserve(NUMBER_BYTES);
    writeNumber(this.#slab, value, this.#at);
    this.#at += NUMBER_BYTES;
  }

  /** Makes room. A text has at most a few thousand bytes, and a new slab has only zeros. */
  #reserve(bytes: number): void {
    if (this.#at + bytes <= SLAB_BYTES) return;
    this.#flush();
    this.#slab = Buffer.alloc(SLAB_BYTES);
    this.#from = 0;
    this.#at = 0;
  }

  #flush(): void {
    if (this.#at > this.#from) this.#parts.push(this.#slab.subarray(this.#from, this.#at));
    this.#from = this.#at;
  }
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
