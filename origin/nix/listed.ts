/** Names that a message lists; the others are counted. */
const MAX_NAMED = 3;

/** `a, b, c and 4 more`. */
export function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  return `${names.slice(0, MAX_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
