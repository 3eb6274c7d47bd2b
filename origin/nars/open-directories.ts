import { checkName } from "../../image/root/whiteouts.ts";
import type { ByteString } from "../../image/tar/byte-string.ts";
import type { NarError } from "./nar-error.ts";
import { DIRECTORY_LIMITS, pathTooLong, STRING_BYTES, tooManyNames, tooManyNestedNames } from "./store-tree.ts";

/** `PATH_MAX` of Linux without the NUL, in bytes. It also limits how deep directories are. */
const MAX_PATH_BYTES = 4095;

interface Level {
  /** Below the store path. Empty for the store path itself. */
  readonly path: ByteString;
  lastName: ByteString;
  names: number;
  bytes: number;
  /** The largest sum of bytes below this directory, from one child down. */
  deepestBytes: number;
}

/**
 * The directories on the way to the current entry. Refuses the same trees as a reader of the disk. The disk tells all
 * names of a directory at once, and an archive one by one. So some trees are refused only when a directory ends.
 */
export class OpenDirectories {
  readonly #storePath: ByteString;
  readonly #levels: Level[] = [];

  constructor(storePath: ByteString) {
    this.#storePath = storePath;
  }

  get isEmpty(): boolean {
    return this.#levels.length === 0;
  }

  open(path: ByteString): void {
    this.#levels.push({ path, lastName: "", names: 0, bytes: 0, deepestBytes: 0 });
  }

  close(): void {
    const level = this.#levels.pop();
    if (level === undefined) throw new Error("no directory is open");
    const bytes = level.bytes + level.deepestBytes;
    if (bytes > DIRECTORY_LIMITS.bytes) throw tooManyNestedNames(this.#storePath);
    const parent = this.#levels.at(-1);
    if (parent) parent.deepestBytes = Math.max(parent.deepestBytes, bytes);
  }

  /** Adds a name to the innermost directory. Returns its path below the store path. */
  enter(name: ByteString, refuse: (problem: string) => NarError): ByteString {
    const level = this.#levels.at(-1);
    if (level === undefined) throw new Error("no directory is open");
    if (name === "." || name === ".." || name.includes("/")) throw refuse("has a name that no file can have");
    if (name <= level.lastName) throw refuse("has names that are not in order");
    const directory = level.path === "" ? this.#storePath : `${this.#storePath}/${level.path}`;
    checkName(directory, name);
    level.lastName = name;
    level.names += 1;
    level.bytes += name.length + STRING_BYTES;
    if (level.names > DIRECTORY_LIMITS.names || level.bytes > DIRECTORY_LIMITS.bytes) throw tooManyNames(directory);
    const path = level.path === "" ? name : `${level.path}/${name}`;
    if (this.#storePath.length + 1 + path.length > MAX_PATH_BYTES) throw pathTooLong(this.#storePath);
    return path;
  }
}
