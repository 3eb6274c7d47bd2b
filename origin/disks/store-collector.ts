import { setTimeout } from "node:timers/promises";
import { formatBytes } from "../../protocol/format-bytes.ts";
import { type BoundedStore, boundStore, type StoreCollection } from "./bound-store.ts";

/** Learns what the collector does. */
export interface StoreListener {
  readonly onCollected: (collection: StoreCollection) => void;
  readonly onLine: (line: string) => void;
  readonly onFailure: (error: unknown) => void;
}

interface CollectorOptions extends StoreListener {
  readonly store: BoundedStore;
  readonly maxBytes: number;
  /** Ends the collector, and the process that it has started. */
  readonly signal: AbortSignal;
  /** Milliseconds between two looks at the store. By default, ten minutes. */
  readonly pauseMs?: number;
}

/** Keeps a store below a size. It looks at the store at its start, and soon after builds. */
export interface StoreCollector {
  /** A build has ended. So the store may be larger. */
  noteBuild(): void;
  /** Resolves when the collector has ended. Never rejects. */
  readonly ended: Promise<void>;
}

/** A look at the store reads all of Nix's database. */
const PAUSE_MS = 600_000;

export function startStoreCollector(options: CollectorOptions): StoreCollector {
  const { signal, pauseMs = PAUSE_MS } = options;
  let due = Promise.withResolvers<void>();
  due.resolve();
  const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

  async function collectUntilStopped(): Promise<void> {
    while (!signal.aborted) {
      await Promise.race([due.promise, stopped]);
      due = Promise.withResolvers<void>();
      await collectOnce(options);
      await setTimeout(pauseMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  return { noteBuild: () => due.resolve(), ended: collectUntilStopped() };
}

async function collectOnce(options: CollectorOptions): Promise<void> {
  const { store, maxBytes, signal, onCollected, onLine, onFailure } = options;
  if (signal.aborted) return;
  try {
    const collection = await boundStore(store, maxBytes);
    const { bytes, freed } = collection;
    onCollected(collection);
    if (freed > 0)
      onLine(`the Nix store had too many bytes: ${formatBytes(freed)} are removed, ${formatBytes(bytes)} stay`);
    if (bytes > maxBytes)
      onLine(`warning: the Nix store has ${formatBytes(bytes)}, more than CORNICE_NIX_STORE_GIB: all of it is in use`);
  } catch (error) {
    if (!signal.aborted) onFailure(error);
  }
}
