import type { OpenFragment } from "./fragment.ts";
import type { LayerPath } from "./layer-content.ts";

/** A part of a layer that was read and is not written yet. `apart`: the store path to which the whole part belongs. */
export type LayerPart = { readonly apart: LayerPath | undefined } & (
  | Member
  /** `pieces`: the bytes that are not copied yet. */
  | { readonly kind: "fragment"; readonly fragment: OpenFragment; readonly pieces: Generator<Uint8Array, void> }
);

interface Member {
  readonly kind: "member";
  readonly slab: number;
  /** Undefined while it is being compressed. */
  compressed: Uint8Array | undefined;
}

export function isReady(part: LayerPart): boolean {
  return part.kind === "fragment" || part.compressed !== undefined;
}
