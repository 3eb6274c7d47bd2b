import { treeOf } from "../../image/trees/tree-of.ts";
import { encodeTree } from "../../image/trees/tree-record.ts";
import { describeFailure, type Failure } from "../unpacking/failure.ts";
import { diskTreeEntries } from "./disk-tree-entries.ts";

/** The work of a thread of `root-reader.ts` that makes the record of a tree on disk. */
export default async function recordTree(
  path: string,
): Promise<{ readonly record: Uint8Array | undefined } | { readonly failure: Failure }> {
  try {
    const tree = treeOf(diskTreeEntries(path));
    return { record: tree && (await encodeTree(tree)) };
  } catch (error) {
    return { failure: describeFailure(error) };
  }
}
