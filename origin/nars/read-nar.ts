import type { ByteString } from "../../image/tar/byte-string.ts";
import { MORE, NarInput, type NarSource } from "./nar-input.ts";
import { END, ENTRY, EXECUTABLE, FILE, FOLDER, LINK, MAGIC, NODE } from "./nar-texts.ts";
import { OpenDirectories } from "./open-directories.ts";

/** Linux's limit for a name; bytes. */
const MAX_NAME_BYTES = 255;
/** Linux's limit for the target of a link; bytes. */
const MAX_TARGET_BYTES = 4095;
/** The shortest archive of a node is longer than this. */
const NODE_BYTES = FILE.length;

/** A part of an archive, in order. Paths are below the store path. The store path itself has the path "". */
export type NarEvent =
  | { readonly kind: "directory"; readonly path: ByteString }
  | { readonly kind: "symlink"; readonly path: ByteString; readonly target: ByteString }
  /** `size`: bytes. The events with these bytes follow. */
  | { readonly kind: "file"; readonly path: ByteString; readonly size: number; readonly isExecutable: boolean }
  /** Bytes of the last file. They share memory with the chunk. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array };

type NarEvents = Generator<NarEvent | typeof MORE, void>;

/**
 * Reads the archive of a store path chunk by chunk: https://nix.dev/manual/nix/2.28/protocols/nix-archive/
 * It accepts only what Nix writes. Throws `NarError` for all else, and `PackageError` for a tree that no layer can hold.
 */
export class NarReader {
  readonly #input: NarInput;
  readonly #directories: OpenDirectories;
  readonly #events: NarEvents;
  #isComplete = false;

  constructor(source: NarSource) {
    this.#input = new NarInput(source);
    this.#directories = new OpenDirectories(source.path);
    this.#events = this.#archive();
  }

  /** The events of the next chunk. All of them must be read before the next call. */
  *read(chunk: Uint8Array): Generator<NarEvent, void> {
    this.#input.add(chunk);
    let step = this.#events.next();
    for (; !step.done && step.value !== MORE; step = this.#events.next()) yield step.value;
    this.#isComplete = step.done === true;
    if (this.#isComplete) this.#input.checkNoMore();
  }

  /** Throws unless the archive is whole. */
  end(): void {
    this.#input.checkWhole(this.#isComplete);
  }

  *#archive(): NarEvents {
    yield* this.#input.expect(MAGIC);
    yield* this.#node("");
    while (!this.#directories.isEmpty) yield* this.#nextEntry();
  }

  /** Reads the next entry of the innermost directory, or the end of it. */
  *#nextEntry(): NarEvents {
    const input = this.#input;
    while (input.left < END.length) yield MORE;
    if (!input.startsWith(END)) {
      yield* input.expect(ENTRY);
      const name = yield* input.text(MAX_NAME_BYTES, "a name");
      yield* input.expect(NODE);
      yield* this.#node(this.#directories.enter(name, (problem) => input.error(problem)));
      return;
    }
    input.skip(END.length);
    this.#directories.close();
    if (!this.#directories.isEmpty) yield* input.expect(END);
  }

  /** Reads a file or a link. Of a directory, reads the beginning. The end of an entry follows its node. */
  *#node(path: ByteString): NarEvents {
    const input = this.#input;
    while (input.left < NODE_BYTES) yield MORE;
    if (input.startsWith(FOLDER)) {
      input.skip(FOLDER.length);
      this.#directories.open(path);
      yield { kind: "directory", path };
      return;
    }
    if (input.startsWith(LINK)) yield* this.#link(path);
    else yield* this.#file(path);
    yield* input.expect(END);
    if (!this.#directories.isEmpty) yield* input.expect(END);
  }

  *#link(path: ByteString): NarEvents {
    this.#input.skip(LINK.length);
    const target = yield* this.#input.text(MAX_TARGET_BYTES, "the target of a link");
    yield { kind: "symlink", path, target };
  }

  *#file(path: ByteString): NarEvents {
    const input = this.#input;
    const isExecutable = !input.startsWith(FILE);
    yield* input.expect(isExecutable ? EXECUTABLE : FILE);
    const size = yield* input.length();
    yield { kind: "file", path, size, isExecutable };
    for (let left = size; left > 0;) {
      while (input.left === 0) yield MORE;
      const bytes = input.part(left);
      left -= bytes.length;
      yield { kind: "bytes", bytes };
    }
    yield* input.padding(size);
  }
}
