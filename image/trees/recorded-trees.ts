import { STORE_DIRECTORY } from "../closure/store-path.ts";
import type { DirectoryEntry, FileTrees } from "../root/file-trees.ts";
import { checkName } from "../root/whiteouts.ts";
import type { ByteString } from "../tar/byte-string.ts";
import { MissingBytes, MissingTree } from "./missing.ts";
import { fileAt, fileNamed, type Tree, type TreeDirectory, type TreeFile } from "./tree.ts";

/**
 * Trees in memory, by store path. A look-up in a store path that has no tree throws `MissingTree`. To read a file whose
 * bytes its tree does not keep throws `MissingBytes`. `store`: the folder of all store paths.
 */
export function recordedTrees(trees: ReadonlyMap<string, Tree>, store = STORE_DIRECTORY): FileTrees {
  /** The last one that was found. Names are looked up directory by directory. */
  let last: { readonly path: ByteString; readonly directory: TreeDirectory } | undefined;

  function find(path: ByteString): TreeFile | undefined {
    if (last && path.length > last.path.length && path.startsWith(last.path)) {
      const name = path.slice(last.path.length + 1);
      if (path[last.path.length] === "/" && !name.includes("/")) return fileNamed(last.directory, name);
    }
    const file = findFromTop(path);
    if (file?.kind === "directory") last = { path, directory: file };
    return file;
  }

  function findFromTop(path: ByteString): TreeFile | undefined {
    const slash = path.indexOf("/", store.length + 1);
    const end = slash < 0 ? path.length : slash;
    const storePath = path.slice(0, end);
    const tree = trees.get(storePath);
    if (!tree) throw new MissingTree(storePath);
    return fileAt(tree, path.slice(end + 1));
  }

  return {
    find,
    list(directory) {
      const file = find(directory);
      if (file?.kind !== "directory") throw new Error(`${directory} is no directory`);
      return file.files.map((child) => entryOf(directory, child));
    },
    read(path) {
      const file = find(path);
      if (file?.kind !== "file") throw new Error(`${path} is no file`);
      if (!file.bytes && file.size > 0) throw new MissingBytes(path);
      return file.bytes ?? new Uint8Array(0);
    },
  };
}

function entryOf(directory: ByteString, { name, kind }: TreeFile): DirectoryEntry {
  return { name: checkName(directory, name), isLink: kind === "symlink", isDirectory: kind === "directory" };
}
