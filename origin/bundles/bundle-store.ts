import type { Bundle } from "../../image/bundles/bundle.ts";
import type { BundledRoots } from "../../image/bundles/bundle-hash.ts";
import { isBundleOf } from "../../image/bundles/bundle-of.ts";
import { decodeBundle, encodeBundle, MAX_BUNDLE_BYTES } from "../../image/bundles/bundle-record.ts";
import { Recent } from "../../protocol/recent.ts";
import { bundleKey } from "../../protocol/storage-keys.ts";
import { type ObjectStore, readBytes } from "../stores/object-store.ts";

/** The bundles in the registry's bucket, by the hash of `bundleHash`. */
export interface BundleStore {
  /** Whether the bundle is known to have these steps. Asks only the memory. */
  has(hash: string, steps: readonly number[]): boolean;
  /** The bundle of a package with these outputs. Undefined if there is none that can be read. Throws `StoreError`. */
  read(hash: string, roots: BundledRoots): Promise<Bundle | undefined>;
  /** Remembers that the store has a bundle with all layers of these steps. */
  note(hash: string, steps: readonly number[]): void;
  /** Forgets what the store has. */
  forget(): void;
  /** All layers of the bundle must be in the store. Throws `StoreError`, and `BundleTooLarge`. */
  write(hash: string, bundle: Bundle, signal: AbortSignal): Promise<void>;
}

/** A bundle does not fit into a record. */
export class BundleTooLarge extends Error {
  override readonly name = "BundleTooLarge";

  constructor(paths: number) {
    super(`a bundle of ${paths} store paths is too large for a record`);
  }
}

/** About 10 MB of memory. The oldest are forgotten. */
const MAX_REMEMBERED = 20_000;
/** If somebody empties the bucket, bundles come back after a day. Another origin may also have written other steps. */
const REMEMBERED_MS = 86_400_000;

/** `now` in milliseconds. */
export function createBundleStore(store: ObjectStore, now: () => number): BundleStore {
  const remembered = new Recent<ReadonlySet<number>>(MAX_REMEMBERED, REMEMBERED_MS, now);
  return {
    has(hash, steps) {
      const known = remembered.get(hash);
      return known !== undefined && steps.every((step) => known.has(step));
    },
    async read(hash, roots) {
      const record = await readBytes(store, bundleKey(hash), MAX_BUNDLE_BYTES);
      const bundle = record && (await decodeBundle(record));
      return bundle && isBundleOf(bundle, roots) ? bundle : undefined;
    },
    note: (hash, steps) => remembered.set(hash, new Set(steps)),
    forget: () => remembered.clear(),
    async write(hash, bundle, signal) {
      const bytes = await encodeBundle(bundle);
      if (!bytes) throw new BundleTooLarge(bundle.closure.length);
      await store.put(bundleKey(hash), { kind: "bytes", bytes }, { contentType: "application/octet-stream", signal });
    },
  };
}
