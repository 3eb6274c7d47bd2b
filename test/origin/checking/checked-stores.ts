import { checkStores } from "../../../origin/checking/check-stores.ts";
import { createMaintainedMemory, createMemoryIndex, type MemoryIndex } from "./maintained-memory.ts";
import { fillStores, type SmallRegistry } from "./small-registry.ts";

export interface Stores {
  readonly store: ReturnType<typeof createMaintainedMemory>;
  readonly index: MemoryIndex;
  readonly registry: SmallRegistry;
}

export async function filled(): Promise<Stores> {
  const [store, index] = [createMaintainedMemory(), createMemoryIndex()];
  return { store, index, registry: await fillStores({ store, index }) };
}

export async function check(stores: Pick<Stores, "store" | "index">, readsBlobs = true) {
  const progress = { onBytes: () => {}, onSettle: () => {} };
  return checkStores({ ...stores, readsBlobs, settleMs: 0, progress, signal: new AbortController().signal });
}

export async function messages(stores: Pick<Stores, "store" | "index">, readsBlobs = true): Promise<readonly string[]> {
  return (await check(stores, readsBlobs)).findings.map(({ message }) => message);
}

/** Replaces the bytes of an object, and nothing else. */
export async function overwrite(store: Stores["store"], key: string, bytes: Uint8Array): Promise<void> {
  const options = store.objects.get(key)?.options;
  if (!options) throw new Error(`there is no ${key}`);
  await store.put(key, { kind: "bytes", bytes }, options);
}

export function bytesAt({ store }: Stores, key: string): Uint8Array {
  const bytes = store.objects.get(key)?.bytes;
  if (!bytes) throw new Error(`there is no ${key}`);
  return bytes;
}
