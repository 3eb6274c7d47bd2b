/** Byte order, for text of ASCII alone: the order of its code units. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
