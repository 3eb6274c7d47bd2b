import type { ByteString } from "../../image/tar/byte-string.ts";
import type { TreeEntry } from "../../image/trees/tree-entry.ts";
import type { NarEvent } from "./read-nar.ts";

/** Who wants the entries of an archive. */
export interface EntryListener {
  /** Called for each entry in the archive's order: for a file after its last byte. The archive is not checked yet. */
  readonly onEntry?: (entry: TreeEntry) => void;
  /** Whether `onEntry` gets the content of a file. It takes `size` bytes of memory. */
  readonly keeps?: (path: ByteString, size: number) => boolean;
}

interface CurrentFile {
  readonly path: ByteString;
  readonly size: number;
  readonly isExecutable: boolean;
  readonly bytes: Uint8Array | undefined;
  read: number;
}

/** Puts the events of an archive together to entries. */
export class NarEntries {
  readonly #listener: EntryListener;
  #file: CurrentFile | undefined;

  constructor(listener: EntryListener) {
    this.#listener = listener;
  }

  add(event: NarEvent): void {
    const { onEntry } = this.#listener;
    if (onEntry === undefined) return;
    if (event.kind === "file") this.#begin(event);
    else if (event.kind === "bytes") this.#addBytes(event.bytes);
    else onEntry(event);
    if (this.#file?.read === this.#file?.size) this.#end();
  }

  #begin({ path, size, isExecutable }: Extract<NarEvent, { kind: "file" }>): void {
    const isKept = this.#listener.keeps?.(path, size) ?? false;
    this.#file = { path, size, isExecutable, bytes: isKept ? new Uint8Array(size) : undefined, read: 0 };
  }

  #addBytes(bytes: Uint8Array): void {
    if (this.#file === undefined) return;
    this.#file.bytes?.set(bytes, this.#file.read);
    this.#file.read += bytes.length;
  }

  #end(): void {
    if (this.#file === undefined) return;
    const { path, size, isExecutable, bytes } = this.#file;
    this.#file = undefined;
    this.#listener.onEntry?.({ kind: "file", path, size, isExecutable, bytes });
  }
}
