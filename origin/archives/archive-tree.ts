import { ArchiveError } from "./archive-error.ts";
import type { FileNode, FolderNode, LinkNode, TreeNode } from "../nars/tree.ts";

/** A file with its path below the root. */
export interface PlacedFile extends FileNode {
  readonly path: string;
}

/** The files of an archive, without the one folder that all of them are in. */
export interface ArchiveTree {
  readonly root: FolderNode;
  /** Returns the path of the node below the root. */
  add(name: string, node: FileNode | LinkNode): string;
  addFolder(name: string): void;
  /** A second name of a file that the archive has already. Returns the file. */
  addHardLink(name: string, target: string): PlacedFile;
}

/** nixpkgs has some 50,000 files and folders. */
const MAX_NODES = 500_000;
/** Linux's limit for the name of a file; bytes. */
const MAX_STEP_BYTES = 255;
/** A quarter of Linux's limit for a path, because the tree is written below another folder; bytes. */
const MAX_NAME_BYTES = 1024;
/** Names in messages are cut. */
const MAX_SHOWN = 100;

/** Each method throws `ArchiveError` for a name that could lead out of the tree, and if the tree gets too large. */
export function createArchiveTree(): ArchiveTree {
  const top = newFolder();
  let count = 0;

  function countNode(): void {
    count += 1;
    if (count > MAX_NODES) throw new ArchiveError(`has more than ${MAX_NODES} files`);
  }

  function folderAt(steps: readonly string[], name: string): FolderNode {
    let folder = top;
    for (const step of steps) {
      let next = folder.children.get(step);
      if (next === undefined) {
        countNode();
        next = newFolder();
        folder.children.set(step, next);
      }
      if (next.kind !== "folder") throw new ArchiveError(`has files below ${shown(name)}, which is no folder`);
      folder = next;
    }
    return folder;
  }

  function add(name: string, node: TreeNode): string {
    const steps = stepsOf(name);
    const last = steps.pop();
    if (last === undefined || steps.length === 0) throw new ArchiveError("has files beside its folder");
    if (node.kind === "link" && leadsOut(steps.length - 1, node.target))
      throw new ArchiveError(`has a link that leads out of it: ${shown(name)}`);
    const { children } = folderAt(steps, name);
    if (children.has(last)) throw new ArchiveError(`has two files with the name ${shown(name)}`);
    countNode();
    children.set(last, node);
    return [...steps.slice(1), last].join("/");
  }

  return {
    get root() {
      return rootOf(top);
    },
    add,
    addFolder: (name) => void folderAt(stepsOf(name), name),
    addHardLink(name, target) {
      const file = nodeAt(top, stepsOf(target));
      if (file?.kind !== "file") throw new ArchiveError(`has a link to a file that it does not have: ${shown(name)}`);
      return { ...file, path: add(name, file) };
    },
  };
}

function nodeAt(top: FolderNode, steps: readonly string[]): TreeNode | undefined {
  let node: TreeNode | undefined = top;
  for (const step of steps) node = node?.kind === "folder" ? node.children.get(step) : undefined;
  return node;
}

function newFolder(): FolderNode {
  return { kind: "folder", children: new Map() };
}

function rootOf({ children }: FolderNode): FolderNode {
  const [root, second] = children.values();
  if (root?.kind !== "folder" || second !== undefined) throw new ArchiveError("does not have one folder at its top");
  return root;
}

/** The parts of a name, without `.` and without the slash behind a folder's name. */
function stepsOf(name: string): string[] {
  const steps = name.split("/").filter((step, index) => step !== "." && !(step === "" && index > 0));
  const isLong =
    Buffer.byteLength(name) > MAX_NAME_BYTES || steps.some((step) => Buffer.byteLength(step) > MAX_STEP_BYTES);
  if (isLong) throw new ArchiveError(`has a file with a name that is too long: ${shown(name)}`);
  // A byte that is not UTF-8 becomes U+FFFD when it is decoded.
  const isBad = steps.some((step) => step === "" || step === "..") || /[\0\uFFFD]/.test(name);
  if (isBad) throw new ArchiveError(`has a file with a name that is not allowed: ${shown(name)}`);
  return steps;
}

/**
 * Whether a link could lead out of the tree. `..` is allowed at the beginning only: behind the name of another link, it
 * would lead to a folder that only the file system knows.
 */
function leadsOut(depth: number, target: string): boolean {
  const steps = target.split("/");
  const climbs = steps.findIndex((step) => step !== ".." && step !== ".");
  const rest = climbs < 0 ? [] : steps.slice(climbs);
  const height = steps.slice(0, climbs < 0 ? steps.length : climbs).filter((step) => step === "..").length;
  return target.startsWith("/") || target === "" || /[\0\uFFFD]/.test(target) || height > depth || rest.includes("..");
}

function shown(name: string): string {
  return JSON.stringify(name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name);
}
