import { storePathEntries } from "./store-path-entries.ts";
import type { TarEntry } from "./tar-entry.ts";

/** What a layer holds: store paths, listed when they are packed, or entries that are known already. */
export type LayerContent =
  | { readonly kind: "store-paths"; readonly paths: readonly string[] }
  | { readonly kind: "entries"; readonly entries: readonly TarEntry[] };

export function layerEntries(content: LayerContent): Iterable<TarEntry> {
  return content.kind === "store-paths" ? storePathEntries(content.paths) : content.entries;
}
