import type { Fragment } from "./fragment.ts";
import { PARENT_ENTRIES, storePathEntries } from "./store-path-entries.ts";
import type { Pause } from "./pause.ts";
import type { TarEntry } from "../../image/tar/tar-entry.ts";
import { BLOCK_BYTES, sizeOf } from "../../image/tar/tar-header.ts";

/** What a layer holds: store paths, listed when they are packed, or entries that are known already. */
export type LayerContent =
  | { readonly kind: "store-paths"; readonly paths: readonly LayerPath[] }
  | { readonly kind: "entries"; readonly entries: readonly TarEntry[] };

export interface LayerPath {
  readonly path: string;
  /** About how much there is to read, in bytes, as Nix counts it. */
  readonly narSize?: number;
  /** Whether it begins a member and ends one, so that its compressed form is the same in every layer. */
  readonly isApart: boolean;
  /** Its compressed form, where a layer that has it was kept. */
  readonly fragment?: Fragment | undefined;
}

/** A smaller store path is compressed together with its neighbours, which do it more good than a fragment; bytes. */
export const MIN_FRAGMENT_BYTES = 65_536;

/** About how many bytes the layer's tar has; 0 where nothing is known. */
export function estimateBytes(content: LayerContent): number {
  if (content.kind === "store-paths") return content.paths.reduce((sum, { narSize = 0 }) => sum + narSize, 0);
  return content.entries.reduce((sum, entry) => sum + BLOCK_BYTES + sizeOf(entry), 0);
}

/** A part of a layer's tar that begins a member and ends one. */
export interface TarSection {
  /** Lists them, each time anew. */
  readonly entries: () => Iterable<TarEntry | Pause>;
  /** The store path that is all of it; undefined for several, and for what is no store path. */
  readonly apart?: LayerPath;
  /** Whether the tar's end belongs to it. */
  readonly isLast?: true;
}

/**
 * A layer's sections, in order. The last one, to which the tar's end belongs, is never a fragment, nor is the first with
 * the directories above all store paths: `[/nix/store a b] [large] [c] [large] [end]`.
 */
export function* layerSections(content: LayerContent): Generator<TarSection> {
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
    if (parents.length + together.length > 0) yield { entries: listed(parents, together) };
    yield { entries: listed([], [path.path]), apart: path };
    together = [];
    parents = [];
  }
  yield { entries: listed(parents, together), isLast: true };
}

function listed(parents: readonly TarEntry[], paths: readonly string[]): TarSection["entries"] {
  return function* list() {
    yield* parents;
    yield* storePathEntries(paths);
  };
}
