import type { ObjectStore } from "../stores/object-store.ts";

/** A store as it would be without some of its objects. */
export interface HidingStore extends ObjectStore {
  hide(keys: Iterable<string>): void;
}

/**
 * A builder over this store makes damaged objects again: it takes them for missing, and each put replaces one in one
 * step. So no reader ever finds less than before.
 */
export function hidingStore(store: ObjectStore): HidingStore {
  const hidden = new Set<string>();
  return {
    hide(keys) {
      for (const key of keys) hidden.add(key);
    },
    head: async (key) => (hidden.has(key) ? undefined : store.head(key)),
    open: async (key) => (hidden.has(key) ? undefined : store.open(key)),
    hasAny: (prefix) => store.hasAny(prefix),
    async put(key, content, options) {
      await store.put(key, content, options);
      hidden.delete(key);
    },
  };
}
