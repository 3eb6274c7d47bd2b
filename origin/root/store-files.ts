import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { basename, dirname } from "node:path";
import { hasCode } from "../system/error-code.ts";
import { type ByteString, byteString, bytesOf } from "../../image/tar/tar-entry.ts";

/** A file in the store, behind all links. */
interface StoreFile {
  readonly path: ByteString;
  readonly status: Stats;
}

/** As Linux has it: https://man7.org/linux/man-pages/man7/path_resolution.7.html */
const MAX_LINKS = 40;
/** Directories whose own links are remembered, which spares looking them up for each name in them; a few MB. */
const MAX_REMEMBERED = 4096;

/**
 * Follows links inside the store and nowhere else. Packages name files, and where a name leads must neither depend on
 * this machine nor touch it: a link out of the store may lead to a device, or to a file whose presence is nobody's
 * business. Such a link leads nowhere, even if the machine has a way back into the store.
 * Reads synchronously: for threads that may wait.
 */
export class StoreFiles {
  readonly #stores: readonly ByteString[];
  readonly #directories = new Map<ByteString, StoreFile | undefined>();

  /** `roots`: paths right below a store. */
  constructor(roots: readonly string[]) {
    this.#stores = [...new Set(roots.map((root) => byteString(dirname(root))))];
  }

  /** What a path leads to; undefined where that is nothing, a circle, or outside the store. */
  find(path: ByteString): StoreFile | undefined {
    const parent = dirname(path);
    if (!this.#isBelowStore(parent)) return this.#walk("", path.split("/"));
    if (!this.#directories.has(parent)) {
      if (this.#directories.size >= MAX_REMEMBERED) this.#directories.clear();
      this.#directories.set(parent, this.#walk("", parent.split("/")));
    }
    const directory = this.#directories.get(parent);
    return directory?.status.isDirectory() ? this.#walk(directory.path, [basename(path)]) : undefined;
  }

  /** `from` is a directory behind all links; "" is the root of the file system. */
  #walk(from: ByteString, names: readonly string[]): StoreFile | undefined {
    const left = names.toReversed();
    let at = from;
    let status: Stats | undefined;
    let links = 0;
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      if (status?.isDirectory() === false) return undefined;
      if (name === "" || name === ".") continue;
      if (name === "..") {
        at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
        status = undefined;
        continue;
      }
      const next = `${at}/${name}`;
      if (!this.#isBelowStore(next)) {
        // The way to the store is the same on all machines; it is not looked at.
        if (!this.#leadsToStore(next)) return undefined;
        at = next;
        continue;
      }
      const found = lookAt(next);
      if (!found) return undefined;
      if (!found.isSymbolicLink()) {
        at = next;
        status = found;
        continue;
      }
      if ((links += 1) > MAX_LINKS) return undefined;
      const target = readlinkSync(bytesOf(next), "latin1");
      if (target.startsWith("/")) {
        at = "";
        status = undefined;
      }
      left.push(...target.split("/").toReversed());
    }
    if (!this.#isBelowStore(at)) return undefined;
    const last = status ?? lookAt(at);
    return last && { path: at, status: last };
  }

  #isBelowStore(path: ByteString): boolean {
    return this.#stores.some((store) => path.startsWith(`${store}/`));
  }

  #leadsToStore(path: ByteString): boolean {
    return this.#stores.some((store) => store === path || store.startsWith(`${path}/`));
  }
}

function lookAt(path: ByteString): Stats | undefined {
  try {
    return lstatSync(bytesOf(path), { throwIfNoEntry: false });
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "ENAMETOOLONG")) return undefined;
    throw error;
  }
}
