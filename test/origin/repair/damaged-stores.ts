import { checkStores } from "../../../origin/checking/check-stores.ts";
import type { RepairContext, Rebuilding } from "../../../origin/repair/repair-context.ts";
import { type RepairedFinding, repairStores } from "../../../origin/repair/repair-stores.ts";
import type { ObjectStore } from "../../../origin/stores/object-store.ts";
import {
  createMaintainedMemory,
  createMemoryIndex,
  type MemoryIndex,
  type ChangeListener,
} from "../checking/maintained-memory.ts";
import { fillStores, type SmallRegistry } from "../checking/small-registry.ts";

type MemoryObjects = ReturnType<typeof createMaintainedMemory>;

export interface DamagedStores {
  readonly store: MemoryObjects;
  readonly index: MemoryIndex;
  readonly registry: SmallRegistry;
  /** What was there before the damage. */
  readonly whole: ReadonlyMap<string, Parameters<ObjectStore["put"]>[1] & { readonly contentType: string }>;
}

export async function filledStores(onChange?: ChangeListener): Promise<DamagedStores> {
  const [store, index] = [createMaintainedMemory(onChange), createMemoryIndex(onChange)];
  const registry = await fillStores({ store, index });
  const whole = new Map(
    [...store.objects].map(
      ([
        key,
        {
          bytes,
          options: { contentType },
        },
      ]) => [key, { kind: "bytes", bytes: Uint8Array.from(bytes), contentType } as const],
    ),
  );
  return { store, index, registry, whole };
}

const NEVER = new AbortController().signal;
const QUIET = { onBytes: () => {}, onSettle: () => {} };

export async function faultsOf(stores: Pick<DamagedStores, "store" | "index">) {
  return (await checkStores({ ...stores, readsBlobs: true, settleMs: 0, progress: QUIET, signal: NEVER })).findings;
}

export interface RepairOptions extends Partial<
  Pick<RepairContext, "keptFolder" | "onAction" | "rebuilding" | "publishKeys">
> {}

/** Checks the stores, and repairs what is wrong with them. */
export async function repair(
  stores: Pick<DamagedStores, "store" | "index">,
  options: RepairOptions = {},
): Promise<readonly RepairedFinding[]> {
  const context = {
    ...stores,
    keptFolder: "/nowhere",
    rebuilding: undefined,
    publishKeys: async () => {},
    onAction: () => {},
    alive: async () => {},
    signal: NEVER,
    ...options,
  };
  return repairStores(context, await faultsOf(stores));
}

/** Builds as a builder does: it asks the store, and puts what is missing there. */
export function rebuildingOf({ whole }: DamagedStores, source = "channel:a"): Rebuilding {
  return {
    source,
    open: async (store) => ({
      async build() {
        for (const [key, { contentType, ...content }] of whole) {
          const isPart = /^(?:blobs|manifests|contents)\//.test(key);
          if (isPart && !(await store.head(key))) await store.put(key, content, { contentType });
        }
      },
      close: async () => {},
    }),
  };
}

export async function overwrite({ store }: Pick<DamagedStores, "store">, key: string, bytes: Uint8Array) {
  const options = store.objects.get(key)?.options;
  if (!options) throw new Error(`there is no ${key}`);
  await store.put(key, { kind: "bytes", bytes }, options);
}

/** Changes one bit of an object. */
export async function flip(stores: Pick<DamagedStores, "store">, key: string): Promise<void> {
  const bytes = stores.store.objects.get(key)?.bytes ?? new Uint8Array();
  const last = bytes.length - 1;
  await overwrite(
    stores,
    key,
    bytes.map((byte, place) => (place === last ? byte ^ 1 : byte)),
  );
}
