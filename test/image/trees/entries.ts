import { parentOf } from "../../../image/root/parent-of.ts";
import { byteString, bytesOf } from "../../../image/tar/byte-string.ts";
import type { Tree } from "../../../image/trees/tree.ts";
import { keepsBytes, type TreeEntry } from "../../../image/trees/tree-entry.ts";
import { treeOf } from "../../../image/trees/tree-of.ts";

/** A file's text, a program's text, or a link's target. The name of an empty directory ends with a slash. */
export type Node = string | { readonly program: string } | { readonly link: string };
/** By path in a store path. */
export type Nodes = Readonly<Record<string, Node>>;

/** The entries of a store path in the order of the tar. A store path that is itself a file has the one path "". */
export function entriesOf(nodes: Nodes): TreeEntry[] {
  const entries = new Map<string, TreeEntry>();
  function addDirectory(path: string): void {
    entries.set(path, { kind: "directory", path });
    if (path !== "") addDirectory(parentOf(path));
  }
  if (!("" in nodes)) addDirectory("");
  for (const [text, node] of Object.entries(nodes)) {
    const path = byteString(text);
    if (path.endsWith("/")) {
      addDirectory(path.slice(0, -1));
      continue;
    }
    if (path !== "") addDirectory(parentOf(path));
    entries.set(path, entryOf(path, node));
  }
  return [...entries.values()].toSorted((a, b) => (orderOf(a.path) < orderOf(b.path) ? -1 : 1));
}

/** A directory comes before its contents, and these before its next sibling. */
function orderOf(path: string): string {
  return path.replaceAll("/", "\0");
}

function entryOf(path: string, node: Node): TreeEntry {
  if (typeof node !== "string" && "link" in node) return { kind: "symlink", path, target: byteString(node.link) };
  const isExecutable = typeof node !== "string";
  const bytes = bytesOf(byteString(isExecutable ? node.program : node));
  const size = bytes.length;
  return { kind: "file", path, size, isExecutable, bytes: keepsBytes(path, size) ? bytes : undefined };
}

/** The tree of a store path in the tests. */
export function treeWith(nodes: Nodes): Tree {
  const tree = treeOf(entriesOf(nodes));
  if (!tree) throw new Error("the entries of a test are no tree");
  return tree;
}
