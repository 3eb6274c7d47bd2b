import type { ByteString } from "../tar/byte-string.ts";
import { TREE_LIMITS, type Tree, type TreeFile, type TreeLimits } from "./tree.ts";

/** Entries are no tree, or a tree above the limits. */
export class MalformedTree extends Error {
  override readonly name = "MalformedTree";
}

interface OpenDirectory {
  readonly files: TreeFile[];
  /** The name that came last. The next one must be greater. */
  last: ByteString;
  /** The length of its path, relative to the store path, with a slash. */
  readonly pathBytes: number;
}

/** The memory of an entry beside its texts, about. It is more than the signs that an entry takes in a record. */
const ENTRY_BYTES = 128;
/** A name outside of ASCII takes two bytes for each of its own, in a record and in memory. */
const BYTES_A_CHARACTER = 2;
/** The limits of Linux. A longer path could not be unpacked. The limit of a path also limits the depth of a tree. */
const MAX_NAME_BYTES = 255;
const MAX_PATH_BYTES = 4095;
const FORBIDDEN = /[/\0]/;

/**
 * Puts a tree together from its entries in the order of the tar. Throws `MalformedTree` if names are not sorted, not
 * unique or no names, or if the tree is larger than its limits.
 */
export class TreeBuilder {
  readonly #limits: TreeLimits;
  readonly #open: OpenDirectory[] = [];
  #top: TreeFile | undefined;
  #entries = 0;
  #bytes = 0;

  constructor(limits: TreeLimits = TREE_LIMITS) {
    this.#limits = limits;
  }

  /** How many directories are open. */
  get depth(): number {
    return this.#open.length;
  }

  /** Adds a file or a link to the directory that was opened last. The name of the store path itself is "". */
  add(file: TreeFile): void {
    this.#entries += 1;
    this.#bytes += ENTRY_BYTES + BYTES_A_CHARACTER * file.name.length + contentBytes(file);
    if (this.#entries > this.#limits.entries || this.#bytes > this.#limits.bytes)
      throw new MalformedTree("the tree is too large");
    const directory = this.#open.at(-1);
    if (directory) return addTo(directory, file);
    if (this.#top || file.name !== "") throw new MalformedTree("an entry is outside of the store path");
    this.#top = file;
  }

  /** Adds a directory. Further entries are in it until it is closed. */
  open(name: ByteString): void {
    const pathBytes = (this.#open.at(-1)?.pathBytes ?? 0) + name.length + 1;
    const files: TreeFile[] = [];
    this.add({ kind: "directory", name, files });
    this.#open.push({ files, last: "", pathBytes });
  }

  close(): void {
    if (!this.#open.pop()) throw new MalformedTree("no directory is open");
  }

  /** The tree. All directories must be closed. */
  finish(): Tree {
    if (!this.#top || this.#open.length > 0) throw new MalformedTree("the tree has no end");
    return { top: this.#top, memoryBytes: this.#bytes };
  }
}

function addTo(directory: OpenDirectory, file: TreeFile): void {
  const { name } = file;
  if (name <= directory.last) throw new MalformedTree("names are not in order");
  const isName = name.length <= MAX_NAME_BYTES && name !== "." && name !== ".." && !FORBIDDEN.test(name);
  if (!isName || directory.pathBytes + name.length > MAX_PATH_BYTES) throw new MalformedTree("a name is no name");
  directory.last = name;
  directory.files.push(file);
}

/** The bytes that a file or link keeps beside its name. Throws `MalformedTree` if they are no content. */
function contentBytes(file: TreeFile): number {
  switch (file.kind) {
    case "directory":
      return 0;
    case "symlink": {
      const { length } = file.target;
      if (length === 0 || length > MAX_PATH_BYTES || file.target.includes("\0"))
        throw new MalformedTree("a link leads nowhere");
      return BYTES_A_CHARACTER * length;
    }
    case "file": {
      const { size, bytes } = file;
      if (!Number.isSafeInteger(size) || size < 0 || (bytes && bytes.length !== size))
        throw new MalformedTree("a file has another size");
      return bytes?.length ?? 0;
    }
  }
}
