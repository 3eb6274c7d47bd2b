/** A range as the client sent it, in the form of `R2GetOptions.range`. The size of the body is not known yet. */
export type RequestedRange = { readonly suffix: number } | { readonly offset: number; readonly length?: number };

/** A part of a body, in bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

const SINGLE_RANGE = /^bytes=\s*(\d*)-(\d*)\s*$/i;

/**
 * Parses a `Range` header (https://www.rfc-editor.org/rfc/rfc9110#section-14.2). Undefined means the whole body. The
 * whole body is also the answer to several ranges, and to malformed ranges.
 */
export function parseRange(header: string | null): RequestedRange | undefined {
  const [, first, last] = SINGLE_RANGE.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  if (first === "") return { suffix: Number(last) };
  if (last === "") return { offset: Number(first) };
  const length = Number(last) + 1 - Number(first);
  return length > 0 ? { offset: Number(first), length } : undefined;
}

/** Resolves a range against a body's size. Null if the range has no byte of the body. */
export function resolveRange(range: RequestedRange, size: number): ByteRange | null {
  const offset = "suffix" in range ? Math.max(size - range.suffix, 0) : range.offset;
  const length = "suffix" in range ? range.suffix : (range.length ?? size);
  return offset < size ? { offset, length: Math.min(length, size - offset) } : null;
}

export function contentRange({ offset, length }: ByteRange, size: number): string {
  return `bytes ${offset}-${offset + length - 1}/${size}`;
}
