import { type FileHandle, open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { type Extract, extract, type Header } from "tar-stream";
import { hasCode } from "../system/error-code.ts";
import { ArchiveError } from "./archive-error.ts";
import { type ArchiveTree, createArchiveTree, type PlacedFile } from "./archive-tree.ts";
import type { FileNode, FolderNode } from "../nars/tree.ts";

interface ReadOptions {
  /** The path of a file, which gets the bytes of all files. */
  readonly content: string;
  /** Gets the files in the order of the archive, as soon as `content` has their bytes. */
  readonly onFiles: (files: readonly PlacedFile[]) => void;
  readonly signal: AbortSignal;
}

/** nixpkgs has 0.3 GB. */
const MAX_UNPACKED_BYTES = 4_294_967_296;
/** Bytes that are unpacked at a time. Each chunk costs a turn of the event loop. */
const UNPACKED_CHUNK_BYTES = 262_144;
/** Bytes that are written at a time. */
const BUFFERED_BYTES = 1_048_576;
/** The mode bit of a file that its owner may run. Nix looks at no other one. */
const OWNER_MAY_RUN = 0o100;

/**
 * Reads a `.tar.gz` archive. All bytes go into one file. Throws `ArchiveError` if the archive is damaged, or could harm.
 */
export async function readArchive(
  compressed: AsyncIterable<Uint8Array>,
  { content, onFiles, signal }: ReadOptions,
): Promise<FolderNode> {
  const tree = createArchiveTree();
  const entries = extract();
  await using handle = await open(content, "w");
  const unpacking = pipeline(compressed, createGunzip({ chunkSize: UNPACKED_CHUNK_BYTES }), limited, entries, {
    signal,
  });
  try {
    await readEntries(entries, tree, { handle, onFiles });
    await unpacking;
  } catch (error) {
    entries.destroy();
    // If a part of the pipeline failed first, the loop got an error that says less.
    const first: unknown = await unpacking.catch((cause: unknown) => cause);
    throw explained(first === undefined || hasCode(first, "ERR_STREAM_PREMATURE_CLOSE") ? error : first);
  }
  return tree.root;
}

interface Content extends Pick<ReadOptions, "onFiles"> {
  readonly handle: FileHandle;
}

async function readEntries(entries: Extract, tree: ArchiveTree, { handle, onFiles }: Content): Promise<void> {
  const buffer = Buffer.allocUnsafe(BUFFERED_BYTES);
  let buffered = 0;
  let offset = 0;
  let files: PlacedFile[] = [];
  async function flush(): Promise<void> {
    await handle.appendFile(buffer.subarray(0, buffered));
    onFiles(files);
    buffered = 0;
    files = [];
  }
  async function append(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + BUFFERED_BYTES - buffered);
      buffer.set(part, buffered);
      buffered += part.length;
      at += part.length;
      if (buffered === BUFFERED_BYTES) await flush();
    }
    offset += chunk.length;
  }
  for await (const entry of entries) {
    const file = addEntry(tree, entry.header, offset);
    for await (const chunk of entry) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError("a tar archive gave something other than bytes");
      await append(chunk);
    }
    if (file) files.push(file);
  }
  await flush();
}

/** Returns the file, if the entry is one. */
function addEntry(
  tree: ArchiveTree,
  { name, type, mode, size, linkname }: Header,
  offset: number,
): PlacedFile | undefined {
  switch (type) {
    case "file":
    case "contiguous-file": {
      const file: FileNode = { kind: "file", isExecutable: (mode & OWNER_MAY_RUN) !== 0, offset, size };
      return { ...file, path: tree.add(name, file) };
    }
    case "directory":
      tree.addFolder(name);
      return undefined;
    case "symlink":
      tree.add(name, { kind: "link", target: linkname });
      return undefined;
    case "link":
      return tree.addHardLink(name, linkname);
    case "block-device":
    case "character-device":
    case "fifo":
    default:
      throw new ArchiveError(`has something that is no file, folder or link: ${JSON.stringify(name)}`);
  }
}

async function* limited(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MAX_UNPACKED_BYTES) throw new ArchiveError(`has more than ${MAX_UNPACKED_BYTES} bytes`);
    yield chunk;
  }
}

const DAMAGED = "is damaged, or no .tar.gz file";

/** zlib's codes for bytes that are not gzip's, and for an end that comes too early. */
const REASONS: Readonly<Record<string, string>> = {
  Z_DATA_ERROR: DAMAGED,
  Z_BUF_ERROR: "ends too early",
};

/** Errors of zlib and tar-stream become errors for people. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const reason =
    "code" in error ? REASONS[String(error.code)] : TAR_ERRORS.find(([words]) => words.test(error.message))?.[1];
  return reason === undefined ? error : new ArchiveError(reason, { cause: error });
}

/** tar-stream's errors have no codes. */
const TAR_ERRORS: readonly [words: RegExp, reason: string][] = [
  [/^Unexpected end of data/, "ends too early"],
  [/^Invalid (?:tar )?header|^Header exceeds|^Invalid format/, DAMAGED],
];
