import { type ByteString, byteString } from "../tar/byte-string.ts";
import type { FileTrees, TreeNode } from "./file-trees.ts";
import { parentOf } from "./parent-of.ts";

/** A file in the closure, after all links are followed. */
interface StoreFile {
  readonly path: ByteString;
  readonly node: TreeNode;
}

/** Where a walk has ended, and how many links it has followed. */
interface Arrival {
  /** Undefined if nothing is there, or if there are too many links. */
  readonly file: StoreFile | undefined;
  readonly links: number;
}

/** A step of a walk. The node is undefined for a directory that the walk has not looked at. */
interface Place {
  readonly path: ByteString;
  readonly node: TreeNode | undefined;
}

/** The limit of Linux: https://man7.org/linux/man-pages/man7/path_resolution.7.html */
const MAX_LINKS = 40;
/** How many resolved directories are remembered, so that their links are not followed for each name. A few MB. */
const MAX_REMEMBERED = 4096;
const TOP: Place = { path: "", node: undefined };

/**
 * Follows links inside the closure of an image only. The result must be the same on every machine, and a package must
 * not reach the machine's own files. A link out of the store may lead to a device or to a private file. A store path
 * outside the closure is on some machines only. A link to either leads nowhere, even if it leads back from there.
 */
export class StoreFiles {
  readonly trees: FileTrees;
  readonly #closure: ReadonlySet<ByteString>;
  /** The directories around the store paths. All machines have the same ones. */
  readonly #stores: readonly ByteString[];
  readonly #directories = new Map<ByteString, Arrival>();
  /** For each directory below a root: the roots that have it. For the list of roots that was asked about last. */
  #rootsWith: { readonly roots: readonly string[]; readonly byDirectory: Map<string, readonly string[]> } | undefined;

  /** `closure`: paths directly below a store. */
  constructor(trees: FileTrees, closure: readonly string[]) {
    this.trees = trees;
    this.#closure = new Set(closure.map(byteString));
    this.#stores = [...new Set([...this.#closure].map(parentOf))];
  }

  /** The file that a path leads to. Undefined if there is none in the closure, or if links form a circle. */
  find(path: ByteString): StoreFile | undefined {
    const parent = parentOf(path);
    const directory = this.#directory(parent);
    // The links of the directory do not count.
    return directory ? this.#step(directory.file, path.slice(parent.length + 1), 0) : this.#walk(TOP, path, 0).file;
  }

  /** The roots that have a directory, in their order. An image asks for many files of few directories. */
  rootsWith(roots: readonly string[], directory: string): readonly string[] {
    if (this.#rootsWith?.roots !== roots) this.#rootsWith = { roots, byDirectory: new Map() };
    const { byDirectory } = this.#rootsWith;
    const known = byDirectory.get(directory);
    if (known) return known;
    const found = roots.filter((root) => this.find(byteString(`${root}/${directory}`))?.node.kind === "directory");
    byDirectory.set(directory, found);
    return found;
  }

  /** Undefined for a directory outside the closure. */
  #directory(path: ByteString): Arrival | undefined {
    // An image asks many thousand times. So the memory comes before the closure.
    const known = this.#directories.get(path);
    if (known) return known;
    if (!this.#isInClosure(path)) return undefined;
    const found = this.#walk(TOP, path, 0);
    if (this.#directories.size >= MAX_REMEMBERED) this.#directories.clear();
    this.#directories.set(path, found);
    return found;
  }

  /** One step of a path, usually a name: an image takes most of its time here. `links`: how many came before. */
  #step(from: StoreFile | undefined, name: ByteString, links: number): StoreFile | undefined {
    if (!from || links > MAX_LINKS) return undefined;
    if (from.node.kind !== "directory" || name.startsWith(".") || name === "")
      return this.#walk(from, name, links).file;
    const path = `${from.path}/${name}`;
    const node = this.trees.find(path);
    if (node?.kind !== "symlink") return node && { path, node };
    const { target } = node;
    const parent = parentOf(target);
    // Most links lead into directories that other links have led to.
    const directory = isPlain(target) ? this.#directory(parent) : undefined;
    if (!directory) return this.#walk(from, name, links).file;
    return this.#step(directory.file, target.slice(parent.length + 1), links + 1 + directory.links);
  }

  /** All links of `from` are followed already. */
  #walk(from: Place, path: ByteString, linksBefore: number): Arrival {
    const names = path.split("/").toReversed();
    let at = from;
    let links = linksBefore;
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      if (at.node && at.node.kind !== "directory") return { file: undefined, links };
      if (name === "" || name === ".") continue;
      const next = name === ".." ? { path: parentOf(at.path), node: undefined } : this.#lookAt(at, name);
      if (!next) return { file: undefined, links };
      if (next.node?.kind !== "symlink") {
        at = next;
        continue;
      }
      if ((links += 1) > MAX_LINKS) return { file: undefined, links };
      const { target } = next.node;
      if (target.startsWith("/")) at = TOP;
      names.push(...target.split("/").toReversed());
    }
    return { file: this.#arriveAt(at), links };
  }

  /** Undefined if nothing is there, or if the path is outside the closure. */
  #lookAt(parent: Place, name: ByteString): Place | undefined {
    const path = `${parent.path}/${name}`;
    // A directory with a node is in the closure, and so is all that is in it.
    if (!parent.node && !this.#isInClosure(path))
      // The directories above the store are the same on all machines, so nothing reads them.
      return this.#leadsToStore(path) ? { path, node: undefined } : undefined;
    const node = this.trees.find(path);
    return node && { path, node };
  }

  #arriveAt({ path, node }: Place): StoreFile | undefined {
    if (node) return { path, node };
    const found = this.#isInClosure(path) ? this.trees.find(path) : undefined;
    return found && { path, node: found };
  }

  #isInClosure(path: ByteString): boolean {
    return this.#stores.some((store) => {
      if (!path.startsWith(`${store}/`)) return false;
      const end = path.indexOf("/", store.length + 1);
      return this.#closure.has(end < 0 ? path : path.slice(0, end));
    });
  }

  #leadsToStore(path: ByteString): boolean {
    return this.#stores.some((store) => store === path || store.startsWith(`${path}/`));
  }
}

/** Whether each step of a path from the top is a name. Names with a point at their beginning are left out, too. */
function isPlain(path: ByteString): boolean {
  return path.startsWith("/") && !path.includes("/.") && !path.includes("//") && !path.endsWith("/");
}
