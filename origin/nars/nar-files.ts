import { createHash, type Hash } from "node:crypto";
import type { ByteString } from "../../image/tar/byte-string.ts";
import type { TarEntry } from "../../image/tar/tar-entry.ts";
import { EqualFiles, MIN_EQUAL_BYTES } from "./equal-files.ts";
import { HeldFile } from "./held-file.ts";
import { fileMode } from "./store-tree.ts";
import type { TarWriter } from "./tar-writer.ts";

interface FileStart {
  /** `/nix/store/…` */
  readonly path: ByteString;
  readonly size: number;
  readonly isExecutable: boolean;
}

interface CurrentFile {
  readonly path: ByteString;
  readonly size: number;
  readonly mode: number;
  /** Bytes that have not come. */
  left: number;
  /** The hash of the bytes so far. Undefined if the file is not compared. */
  readonly hash: Hash | undefined;
  /** Whether its header waits for its hash. */
  readonly isHeld: boolean;
}

interface HashedFile {
  readonly path: ByteString;
  readonly sha256: string;
}

/**
 * Writes the files of one archive. A file that equals an earlier one becomes a hard link to it. An archive shows this
 * only with the file's last byte. So a file waits if an earlier one has its size and mode. Each method yields chunks of
 * the tar.
 */
export class NarFiles implements AsyncDisposable {
  readonly #tar: TarWriter;
  readonly #held: HeldFile;
  readonly #equal = new EqualFiles<HashedFile>();
  #file: CurrentFile | undefined;

  constructor(tar: TarWriter, spoolDirectory: string) {
    this.#tar = tar;
    this.#held = new HeldFile(spoolDirectory);
  }

  /** Begins a file. A file without bytes is complete then. */
  *begin(start: FileStart): Generator<Uint8Array> {
    const file = this.#open(start);
    if (file.isHeld) this.#held.begin(file.size);
    else yield* this.#tar.header(entryOf(file));
    this.#file = file;
  }

  /** Adds bytes of the file. The last one completes it. */
  async *add(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    const file = this.#file;
    if (file === undefined) throw new Error("bytes without a file");
    file.left -= bytes.length;
    file.hash?.update(bytes);
    if (file.isHeld) await this.#held.add(bytes);
    else yield* this.#tar.bytes(bytes);
    if (file.left > 0) return;
    if (file.isHeld) yield* this.#release(file);
    else yield* this.#finish(file);
  }

  #open({ path, size, isExecutable }: FileStart): CurrentFile {
    const mode = fileMode(isExecutable);
    const isLarge = size >= MIN_EQUAL_BYTES;
    const isHeld = isLarge && this.#equal.isKnown({ size, mode });
    const isCompared = isHeld || (isLarge && !this.#equal.isFull);
    return { path, size, mode, left: size, isHeld, hash: isCompared ? createHash("sha256") : undefined };
  }

  *#finish(file: CurrentFile): Generator<Uint8Array> {
    yield* this.#tar.padding(file.size);
    if (file.hash) this.#equal.addFirst(file, { path: file.path, sha256: file.hash.digest("hex") });
  }

  async *#release(file: CurrentFile): AsyncGenerator<Uint8Array> {
    const twin = this.#twinOf(file);
    if (twin !== undefined) {
      yield* this.#tar.header(linkOf(file, twin));
      return;
    }
    yield* this.#tar.header(entryOf(file));
    for await (const bytes of this.#held.chunks()) yield* this.#tar.bytes(bytes);
    yield* this.#tar.padding(file.size);
  }

  /** The path of the first file that equals a held one. */
  #twinOf(file: CurrentFile): ByteString | undefined {
    const sha256 = file.hash?.digest("hex") ?? "";
    const first = this.#equal.takeFirst(file);
    if (first) this.#equal.addHashed(file, first.sha256, first);
    return this.#equal.findOrAdd(file, sha256, file.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held[Symbol.asyncDispose]();
  }
}

function entryOf({ path, size, mode }: CurrentFile): TarEntry {
  return { type: "file", name: path.slice(1), mode, content: { kind: "file", path, size } };
}

function linkOf({ path, mode }: CurrentFile, twin: ByteString): TarEntry {
  return { type: "hardlink", name: path.slice(1), mode, target: twin.slice(1) };
}
