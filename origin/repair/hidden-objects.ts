import type { MaintainedStore } from "../stores/maintained-store.ts";

/** A store as it would be without some of its objects. */
export interface HidingStore extends MaintainedStore {
  hide(keys: Iterable<string>): void;
}

/**
 * A builder over this store makes damaged objects again: it takes them for missing, and each put replaces one in one
 * step. So no reader ever finds less than before.
 */
export function hidingStore(store: MaintainedStore): HidingStore {
  const hidden = new Set<string>();
  return {
    ...store,
    hide(keys) {
      for (const key of keys) hidden.add(key);
    },
    head: async (key) => (hidden.has(key) ? undefined : store.head(key)),
    open: async (key) => (hidden.has(key) ? undefined : store.open(key)),
    readVersion: async (key, maxBytes) => (hidden.has(key) ? undefined : store.readVersion(key, maxBytes)),
    async put(key, content, options) {
      await store.put(key, content, options);
      hidden.delete(key);
    },
  };
}
