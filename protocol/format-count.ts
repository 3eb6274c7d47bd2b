/** `1 layer`, `3 layers`. The plural of the noun must end with an s. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
