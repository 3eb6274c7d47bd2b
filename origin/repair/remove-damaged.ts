import { parseStoredKey, type StoredKey, type StoredKind } from "../../protocol/stored-key.ts";
import { manifestKey, nameIndexMetaKey } from "../../protocol/storage-keys.ts";
import type { Finding } from "../checking/finding.ts";
import type { RepairContext } from "./repair-context.ts";
import { remove, removeTag } from "./remove-lost.ts";

/** Builds, pulls and `cornice index` make these again when they are missing. */
const REMADE: ReadonlySet<StoredKind> = new Set([
  "attached",
  "trust",
  "image",
  "request",
  "bundle",
  "layer",
  "closure",
  "tree",
  "ref",
  "indexed-ref",
  "package-index",
  "public-keys",
]);

/** Removes a damaged record, or a record that names something lost. It is made again when somebody needs it. */
export async function removeRecord(context: RepairContext, { key, fault }: Finding): Promise<void> {
  const stored = parseStoredKey(key);
  if (!stored) return;
  if (stored.kind === "tag") await removeTag(context, key);
  // Without its meta, an index is written anew.
  if (stored.kind === "name-index") await remove(context, [...metaKeys(key), key]);
  const isRemade = REMADE.has(stored.kind) || (stored.kind === "layer-list" && fault.kind === "damaged");
  if (isRemade || (await isOrphan(context, stored))) await remove(context, [key]);
}

/** The meta of the index that a shard, or its names, belong to. Own entries belong to no index. */
function metaKeys(key: string): readonly string[] {
  const isOwn = key.split("/").includes("own");
  return isOwn ? [] : [nameIndexMetaKey(key.slice(0, key.lastIndexOf("/") + 1))].filter((meta) => meta !== key);
}

/** Contents whose manifest is gone have no reader. */
async function isOrphan({ store }: RepairContext, stored: StoredKey): Promise<boolean> {
  return stored.kind === "contents" && !(await store.head(manifestKey(stored.digest)));
}
