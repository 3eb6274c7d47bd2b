import { maxCompressedBytes } from "./compression.ts";

/** Memory that threads share: bytes of a tar, and room for their compressed form. */
export interface Slab {
  readonly tar: Uint8Array<SharedArrayBuffer>;
  readonly compressed: Uint8Array<SharedArrayBuffer>;
}

export function slabBuffer(memberBytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(memberBytes + maxCompressedBytes(memberBytes));
}

export function slabOn(buffer: SharedArrayBuffer, memberBytes: number): Slab {
  return { tar: new Uint8Array(buffer, 0, memberBytes), compressed: new Uint8Array(buffer, memberBytes) };
}
