import { type ByteString, byteString } from "../tar/byte-string.ts";
import type { FileTrees, TreeNode } from "./file-trees.ts";
import { parentOf } from "./parent-of.ts";

/** A file in the closure, after all links are followed. */
interface StoreFile {
  readonly path: ByteString;
  readonly node: TreeNode;
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
  readonly #directories = new Map<ByteString, StoreFile | undefined>();
  /** For each directory below a root: the roots that have it. For the list of roots that was asked about last. */
  #rootsWith: { readonly roots: readonly string[]; readonly byDirectory: Map<string, readonly string[]> } | undefined;
  /** Directories whose links are being followed. */
  readonly #underWay = new Set<ByteString>();

  /** `closure`: paths directly below a store. */
  constructor(trees: FileTrees, closure: readonly string[]) {
    this.trees = trees;
    this.#closure = new Set(closure.map(byteString));
    this.#stores = [...new Set([...this.#closure].map(parentOf))];
  }

  /** The file that a path leads to. Undefined if there is none in the closure, or if links form a circle. */
  find(path: ByteString): StoreFile | undefined {
    return this.#find(path, 0);
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

  /** `links`: how many led to this path. */
  #find(path: ByteString, links: number): StoreFile | undefined {
    const parent = parentOf(path);
    // An image asks many thousand times. So the memory comes before the closure.
    if (!this.#directories.has(parent)) {
      if (!this.#isInClosure(parent)) return this.#walk(TOP, path, links);
      const found = this.#findDirectory(parent);
      if (this.#directories.size >= MAX_REMEMBERED) this.#directories.clear();
      this.#directories.set(parent, found);
    }
    const directory = this.#directories.get(parent);
    return directory && this.#step(directory, path.slice(parent.length + 1), links);
  }

  #findDirectory(path: ByteString): StoreFile | undefined {
    // The links form a circle.
    if (this.#underWay.has(path)) return undefined;
    this.#underWay.add(path);
    try {
      return this.#find(path, 0);
    } finally {
      this.#underWay.delete(path);
    }
  }

  /** One step of a path, usually a name: an image takes most of its time here. */
  #step(from: StoreFile, name: ByteString, links: number): StoreFile | undefined {
    if (from.node.kind !== "directory" || name.startsWith(".") || name === "") return this.#walk(from, name, links);
    const path = `${from.path}/${name}`;
    const node = this.trees.find(path);
    if (node?.kind !== "symlink") return node && { path, node };
    return isPlain(node.target) && links < MAX_LINKS
      ? this.#find(node.target, links + 1)
      : this.#walk(from, name, links);
  }

  /** All links of `from` are followed already. */
  #walk(from: Place, path: ByteString, linksBefore: number): StoreFile | undefined {
    const names = path.split("/").toReversed();
    let at = from;
    let links = linksBefore;
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      if (at.node && at.node.kind !== "directory") return undefined;
      if (name === "" || name === ".") continue;
      const next = name === ".." ? { path: parentOf(at.path), node: undefined } : this.#lookAt(at, name);
      if (!next) return undefined;
      if (next.node?.kind !== "symlink") {
        at = next;
        continue;
      }
      if ((links += 1) > MAX_LINKS) return undefined;
      const { target } = next.node;
      if (target.startsWith("/")) at = TOP;
      names.push(...target.split("/").toReversed());
    }
    return this.#arriveAt(at);
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
