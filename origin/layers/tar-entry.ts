/**
 * One member of a layer's tar. Everything that a tar header holds beyond this is fixed
 * (`origin/layers/pack-layer.ts`), so that the same entries give the same bytes everywhere.
 */
export type TarEntry =
  | { readonly type: "directory"; readonly name: string; readonly mode: number }
  | { readonly type: "symlink"; readonly name: string; readonly target: string }
  | { readonly type: "file"; readonly name: string; readonly mode: number; readonly content: Content };

/** Bytes in memory, or a file whose size is known beforehand. */
export type Content =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "file"; readonly path: string; readonly size: number };
