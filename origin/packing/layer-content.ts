import type { StorePath } from "../../image/closure/store-path.ts";
import type { ArchiveFeed } from "../unpacking/archive-feed.ts";
import type { PathArchive } from "../unpacking/path-archive.ts";
import type { Fragment } from "./fragment.ts";
import { PARENT_ENTRIES, storePathEntries } from "./store-path-entries.ts";
import type { Pause } from "./pause.ts";
import type { TarEntry } from "../../image/tar/tar-entry.ts";
import { BLOCK_BYTES, sizeOf } from "../../image/tar/tar-header.ts";

/** The content of a layer: store paths, whose entries the packing thread lists, or known entries. */
export type LayerContent =
  | { readonly kind: "store-paths"; readonly paths: readonly LayerPath[] }
  | { readonly kind: "entries"; readonly entries: readonly TarEntry[] };

export interface LayerPath {
  readonly path: string;
  /** The size that Nix knows, in bytes: about as much as there is to read. */
  readonly narSize?: number;
  /**
   * Whether the path stands apart: it begins a member and ends one, so that its compressed form is the same in every
   * layer.
   */
  readonly isApart: boolean;
  /** Its compressed form, if a kept layer has it. */
  readonly fragment?: Fragment | undefined;
  /** Its archive in a binary cache. Without one, the path is in this machine's store. */
  readonly archive?: PathArchive | undefined;
}

/** The tar of a store path that comes from an archive. */
export interface FedPath {
  readonly type: "feed";
  readonly feed: ArchiveFeed;
}

/** A part of a tar, in order: an entry, or all entries of a store path. */
export type TarItem = TarEntry | FedPath | Pause;

/** A smaller store path is compressed together with its neighbours: this saves more than a fragment. In bytes. */
export const MIN_FRAGMENT_BYTES = 65_536;

/** A store path, as a part of a layer. */
export function layerPath({ path, narSize }: Pick<StorePath, "path" | "narSize">): LayerPath {
  return { path, narSize, isApart: narSize >= MIN_FRAGMENT_BYTES };
}

/** Estimated bytes of the layer's tar. 0 if unknown. */
export function estimateBytes(content: LayerContent): number {
  if (content.kind === "store-paths") return content.paths.reduce((sum, { narSize = 0 }) => sum + narSize, 0);
  return content.entries.reduce((sum, entry) => sum + BLOCK_BYTES + sizeOf(entry), 0);
}

/** A part of a layer's tar that begins a member and ends one. */
export interface TarSection {
  /** Each call starts a new list. */
  readonly entries: () => Iterable<TarItem>;
  /** The store path that stands apart and fills this section. Undefined for any other section. */
  readonly apart?: LayerPath;
  /** Whether this section includes the tar's end. */
  readonly isLast?: true;
}

/**
 * A layer's sections, in order: `[/nix/store a b] [large] [c] [large] [end]`. The first section has the parent
 * directories. The last section has the tar's end. So these two are never fragments. `feeds`: the feed of each store path
 * that has an archive.
 */
export function* layerSections(
  content: LayerContent,
  feeds: ReadonlyMap<string, ArchiveFeed> = new Map(),
): Generator<TarSection> {
  if (content.kind === "entries") {
    const { entries } = content;
    yield { entries: () => entries, isLast: true };
    return;
  }
  let together: string[] = [];
  let parents = PARENT_ENTRIES;
  for (const path of content.paths) {
    if (!path.isApart) {
      together.push(path.path);
      continue;
    }
    if (parents.length + together.length > 0) yield { entries: listed(parents, together, feeds) };
    yield { entries: listed([], [path.path], feeds), apart: path };
    together = [];
    parents = [];
  }
  yield { entries: listed(parents, together, feeds), isLast: true };
}

function listed(
  parents: readonly TarEntry[],
  paths: readonly string[],
  feeds: ReadonlyMap<string, ArchiveFeed>,
): TarSection["entries"] {
  return function* list() {
    yield* parents;
    for (const path of paths) {
      const feed = feeds.get(path);
      if (feed) yield { type: "feed", feed };
      else yield* storePathEntries([path]);
    }
  };
}
