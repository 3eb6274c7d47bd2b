import type { DirectoryEntry, FileTrees, TreeNode } from "../../../image/root/file-trees.ts";
import { parentOf } from "../../../image/root/parent-of.ts";
import { StoreFiles } from "../../../image/root/store-files.ts";
import { byteString, type ByteString } from "../../../image/tar/byte-string.ts";

/** A file's text, a link's target, or a FIFO. The name of an empty directory ends with a slash. */
export type Node = string | { readonly link: string } | { readonly kind: "other" };
/** By path. */
export type Tree = Readonly<Record<string, Node>>;
/** By the names of store paths. */
export type Trees = Readonly<Record<string, Tree>>;

/** The store of the tests. Files in `/machine` beside it are outside the store. */
export const STORE = "/machine/store";

/** A machine's files as values. Files in the store have paths relative to the store, others have absolute paths. */
export function storeFiles(tree: Tree, roots: readonly string[] = ["a"]): StoreFiles {
  return new StoreFiles(treesOf(tree), roots.map(storePath));
}

/** Store paths with their trees, in order. */
export function storeOf(trees: Trees): { readonly files: StoreFiles; readonly roots: readonly string[] } {
  const nodes = Object.entries(trees).flatMap(([name, tree]) => [
    [`${name}/`, ""] as const,
    ...Object.entries(tree).map(([path, node]) => [`${name}/${path}`, node] as const),
  ]);
  const names = Object.keys(trees);
  return { files: storeFiles(Object.fromEntries(nodes), names), roots: names.map(storePath) };
}

export function storePath(name: string): string {
  return `${STORE}/${name}`;
}

export function treesOf(tree: Tree): FileTrees {
  const nodes = new Map<ByteString, TreeNode>();
  const lists = new Map<ByteString, Set<ByteString>>();
  const texts = new Map<ByteString, Uint8Array>();

  function add(path: ByteString, node: TreeNode): void {
    nodes.set(path, node);
    const parent = parentOf(path);
    if (parent === "") return;
    if (!nodes.has(parent)) add(parent, { kind: "directory" });
    lists.set(parent, (lists.get(parent) ?? new Set()).add(path.slice(parent.length + 1)));
  }

  for (const [name, node] of Object.entries(tree)) {
    const path = byteString(name.startsWith("/") ? name : storePath(name));
    if (path.endsWith("/")) add(path.slice(0, -1), { kind: "directory" });
    else if (typeof node !== "string") add(path, "link" in node ? linkTo(node.link) : node);
    else {
      const bytes = new TextEncoder().encode(node);
      texts.set(path, bytes);
      add(path, { kind: "file", size: bytes.length });
    }
  }
  return {
    find: (path) => nodes.get(path),
    list: (directory) =>
      [...(lists.get(directory) ?? [])].map((name) => entryOf(name, nodes.get(`${directory}/${name}`))),
    read: (file) => texts.get(file) ?? new Uint8Array(0),
  };
}

function linkTo(target: string): TreeNode {
  return { kind: "symlink", target: byteString(target) };
}

function entryOf(name: ByteString, node: TreeNode | undefined): DirectoryEntry {
  return { name, isLink: node?.kind === "symlink", isDirectory: node?.kind === "directory" };
}
