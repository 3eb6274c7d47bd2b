import type { FileHandle } from "node:fs/promises";
import { openNamelessSpoolFile } from "../system/spool.ts";

/** The largest file that waits in memory; bytes. */
const MAX_MEMORY_BYTES = 1_048_576;
const CHUNK_BYTES = 262_144;

/** Holds the bytes of one file at a time: of a small file in memory, of a larger one in the spool. */
export class HeldFile implements AsyncDisposable {
  readonly #spoolDirectory: string;
  #handle: FileHandle | undefined;
  /** One buffer for all files. An allocation for each file would take longer than the copy. */
  #memory: Buffer | undefined;
  #size = 0;
  #held = 0;

  constructor(spoolDirectory: string) {
    this.#spoolDirectory = spoolDirectory;
  }

  /** Forgets the last file, and begins one of `size` bytes. */
  begin(size: number): void {
    this.#size = size;
    this.#held = 0;
    if (this.#isSmall) this.#memory ??= Buffer.allocUnsafe(MAX_MEMORY_BYTES);
  }

  get #isSmall(): boolean {
    return this.#size <= MAX_MEMORY_BYTES;
  }

  /** Adds bytes of the file. Returns a promise only if the bytes go to the spool. */
  add(bytes: Uint8Array): Promise<void> | undefined {
    const at = this.#held;
    this.#held += bytes.length;
    if (!this.#isSmall) return this.#writeAt(bytes, at);
    this.#memory?.set(bytes, at);
    return undefined;
  }

  /** The bytes of the file, after the last one was added. They are valid until the next file begins. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    if (this.#isSmall && this.#memory) yield this.#memory.subarray(0, this.#size);
    else for (let at = 0; at < this.#size; at += CHUNK_BYTES) yield await this.#readAt(at);
  }

  async #writeAt(bytes: Uint8Array, at: number): Promise<void> {
    this.#handle ??= await openNamelessSpoolFile(this.#spoolDirectory);
    for (let done = 0; done < bytes.length;)
      done += (await this.#handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }

  async #readAt(at: number): Promise<Uint8Array> {
    const wanted = Math.min(CHUNK_BYTES, this.#size - at);
    const read = await this.#handle?.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
    if (read?.bytesRead !== wanted) throw new Error(`a file in the spool ends before byte ${at + wanted}`);
    return read.buffer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle?.close();
  }
}
