import { storePathHash } from "../../image/closure/store-path.ts";
import { TREE_LIMITS, type Tree } from "../../image/trees/tree.ts";
import { decodeTree } from "../../image/trees/tree-record.ts";
import { treeKey } from "../../protocol/storage-keys.ts";
import type { AssemblySettings } from "./edge-settings.ts";
import { atMost, readObject } from "./stored-objects.ts";

/** An isolate has little memory, so the edge reads smaller trees than the origin. Bytes. */
const MAX_TREE_BYTES = 8_388_608;
const LIMITS = { ...TREE_LIMITS, bytes: MAX_TREE_BYTES };

/** Reads the tree of a store path that is in no bundle. */
export async function findTree(config: AssemblySettings, path: string): Promise<Tree | undefined> {
  const record = await readObject(config, treeKey(storePathHash(path)), atMost(MAX_TREE_BYTES));
  return record && decodeTree(record, LIMITS);
}
