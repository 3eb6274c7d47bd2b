/** Matches a whole package name, in which `#` stands for a version number: the first group. */
export function namePattern(pattern: string): RegExp {
  const escaped = pattern.replace(/[+.]/g, "\\$&").replace("#", "([0-9]+(?:\\.[0-9]+)*)");
  return new RegExp(`^${escaped}$`);
}
