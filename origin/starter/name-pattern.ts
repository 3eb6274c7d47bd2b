/** Matches a whole package name. `#` matches a version number, and becomes the first group. */
export function namePattern(pattern: string): RegExp {
  const escaped = pattern.replace(/[+.]/g, "\\$&").replace("#", "([0-9]+(?:\\.[0-9]+)*)");
  return new RegExp(`^${escaped}$`);
}
