import { storePathHash } from "../../image/closure/store-path.ts";
import { TREE_LIMITS, type Tree } from "../../image/trees/tree.ts";
import { decodeTree } from "../../image/trees/tree-record.ts";
import { treeKey } from "../../protocol/storage-keys.ts";
import { type ObjectStore, readBytes } from "../stores/object-store.ts";
import { RememberedTrees } from "./remembered-trees.ts";

/** The trees of store paths, as records in the registry's bucket. */
export interface TreeStore {
  /** Undefined if there is no record, or none that can be read. Throws `StoreError`. */
  read(path: string): Promise<Tree | undefined>;
  /** Forgets what the store has. */
  forget(): void;
  /** `record`: made by `encodeTree`. Throws `StoreError`. */
  write(path: string, record: Uint8Array): Promise<void>;
}

/** Some forty trees as large as Python's, or thousands of usual ones. */
const MAX_REMEMBERED_BYTES = 16_777_216;

/** Remembers the trees that were used last. */
export function createTreeStore(store: ObjectStore, maxBytes = MAX_REMEMBERED_BYTES): TreeStore {
  const remembered = new RememberedTrees(maxBytes);
  /** Reads that are under way. Images that start together share their trees. */
  const reading = new Map<string, Promise<Tree | undefined>>();

  async function readRecord(path: string): Promise<Tree | undefined> {
    // What does not shrink is not longer in a record than in memory.
    const record = await readBytes(store, treeKey(storePathHash(path)), TREE_LIMITS.bytes);
    const tree = record && (await decodeTree(record));
    if (tree) remembered.set(path, tree);
    return tree;
  }

  function share(path: string): Promise<Tree | undefined> {
    const read = readRecord(path).finally(() => reading.delete(path));
    reading.set(path, read);
    return read;
  }

  return {
    read: async (path) => remembered.get(path) ?? reading.get(path) ?? share(path),
    forget: () => remembered.clear(),
    async write(path, bytes) {
      await store.put(treeKey(storePathHash(path)), { kind: "bytes", bytes }, { contentType: "application/gzip" });
    },
  };
}
