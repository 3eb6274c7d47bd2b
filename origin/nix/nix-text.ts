/** A string of the Nix language with this text: https://nix.dev/manual/nix/2.28/language/string-literals */
export function nixText(text: string): string {
  const escaped = text
    .replaceAll(/["\\]|\$\{/g, "\\$&")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r");
  return `"${escaped}"`;
}
