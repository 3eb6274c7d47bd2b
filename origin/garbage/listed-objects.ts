import { parseStoredKey, STORED_PREFIXES, type StoredKey, type StoredKind } from "../../protocol/stored-key.ts";
import type { ListedObject, MaintainedStore } from "../stores/maintained-store.ts";

/** An object of ours. */
export interface OwnObject<K extends StoredKind = StoredKind> extends ListedObject {
  readonly parsed: Extract<StoredKey, { readonly kind: K }>;
}

/** All objects of a kind, by page. What others keep under the same prefix is left out. */
export async function* listKind<K extends StoredKind>(
  store: Pick<MaintainedStore, "list">,
  kind: K,
): AsyncGenerator<readonly OwnObject<K>[]> {
  for await (const page of store.list(STORED_PREFIXES[kind])) yield page.flatMap((listed) => ownObject(listed, kind));
}

function ownObject<K extends StoredKind>(listed: ListedObject, kind: K): OwnObject<K>[] {
  const parsed = parseStoredKey(listed.key);
  return parsed && isOfKind(parsed, kind) ? [{ ...listed, parsed }] : [];
}

function isOfKind<K extends StoredKind>(key: StoredKey, kind: K): key is Extract<StoredKey, { readonly kind: K }> {
  return key.kind === kind;
}
