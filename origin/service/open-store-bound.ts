import { createKeptClosures } from "../disks/kept-closures.ts";
import { nixStore } from "../disks/nix-store.ts";
import { startStoreCollector, type StoreCollector, type StoreListener } from "../disks/store-collector.ts";
import type { Isolation } from "../isolation/isolation.ts";
import type { BuilderConfig } from "./config.ts";

interface StoreBoundParts {
  readonly config: Pick<BuilderConfig, "maxNixStoreBytes" | "spoolDirectory">;
  readonly isolation: Isolation;
  /** Undefined if this process collects nothing, and only keeps closures for one that does. */
  readonly listener: StoreListener | undefined;
  readonly signal: AbortSignal;
}

/** What keeps the Nix store below the operator's limit. */
export interface StoreBound {
  /** Keeps a closure longer than those that were used before. Never rejects: an image does not need it. */
  readonly keepClosure: (roots: readonly string[]) => Promise<void>;
  readonly collector: StoreCollector | undefined;
}

/** Undefined if the operator has set no limit. Then nothing touches the machine's store. */
export function openStoreBound({ config, isolation, listener, signal }: StoreBoundParts): StoreBound | undefined {
  const { maxNixStoreBytes: maxBytes, spoolDirectory } = config;
  if (maxBytes === undefined) return undefined;
  const kept = createKeptClosures({ directory: `${spoolDirectory}-closures`, isolation, signal });
  const store = { ...nixStore({ isolation, signal }), forgetOldest: () => kept.forgetOldest() };
  return {
    keepClosure: (roots) =>
      kept.keep(roots).catch((error: unknown) => {
        if (!signal.aborted) listener?.onFailure(error);
      }),
    collector: listener && startStoreCollector({ ...listener, store, maxBytes, signal }),
  };
}
