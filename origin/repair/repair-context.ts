import type { PullRequest } from "../../protocol/image-request.ts";
import type { KvIndex } from "../stores/kv-index.ts";
import type { EntryList, MaintainedIndex, MaintainedStore } from "../stores/maintained-store.ts";

/** What repairs read and change. */
export interface RepairContext {
  readonly store: MaintainedStore;
  readonly index: MaintainedIndex & EntryList & KvIndex;
  /** The folder of the layers that the origin on this machine has kept. */
  readonly keptFolder: string;
  /** Undefined if images are not built again. */
  readonly rebuilding: Rebuilding | undefined;
  /** Publishes the public keys of the settings' signing keys. Does nothing if the settings have none. */
  readonly publishKeys: () => Promise<void>;
  /** Gets one sentence for each thing that is done. */
  readonly onAction: (line: string) => void;
  /** Is called before each change. Throws if the repair must not go on. */
  readonly alive: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** How images are built again. */
export interface Rebuilding {
  /** The package source. Only its tags can be built. */
  readonly source: string;
  /** Opens a builder over a store. It is called at most once, and only if an image has to be built. */
  readonly open: (store: MaintainedStore) => Promise<Rebuilder>;
}

export interface Rebuilder {
  /** Throws an `OciError` if the image cannot be built. Any other error is an outage. */
  build(request: PullRequest): Promise<unknown>;
  close(): Promise<void>;
}
