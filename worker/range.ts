/** The part of a body that a client asks for, in the terms of `R2GetOptions.range`. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

const SINGLE_RANGE = /^bytes=\s*(\d*)-(\d*)\s*$/i;

/**
 * Resolves a `Range` header against a body's size (https://www.rfc-editor.org/rfc/rfc9110#section-14.2).
 * Undefined means the whole body, which is also the answer to several ranges and to malformed ones;
 * null means that no byte of the body is in the range.
 */
export function resolveRange(header: string | null, size: number): ByteRange | undefined | null {
  const [, first, last] = SINGLE_RANGE.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  if (first === "") return between(Math.max(size - Number(last), 0), size, size);
  const end = last === "" ? size : Number(last) + 1;
  return end <= Number(first) && last !== "" ? undefined : between(Number(first), end, size);
}

function between(offset: number, end: number, size: number): ByteRange | null {
  return offset < size ? { offset, length: Math.min(end, size) - offset } : null;
}

export function contentRange({ offset, length }: ByteRange, size: number): string {
  return `bytes ${offset}-${offset + length - 1}/${size}`;
}
