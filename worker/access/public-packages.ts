import { isComponent, SHELL_PACKAGES } from "../../protocol/image-name.ts";

/** The packages that anybody may have. */
export type PublicPackages = readonly RegExp[];

/**
 * Parses the setting `PUBLIC`: package names separated by spaces, where `*` stands for any text without a
 * dot and `shell` for its four packages. Rules name packages and not image names, because anybody may put
 * another package or `shell` in front of any name.
 */
export function parsePublicPackages(text: string, problems: string[]): PublicPackages {
  const words = text.split(/\s+/).filter((word) => word !== "");
  for (const word of words) {
    if (!isComponent(word.replaceAll("*", "a")) || TWO_STARS.test(word)) problems.push(explain(word));
  }
  if (problems.length > 0) return [];
  return words.flatMap((word) => (word === "shell" ? SHELL_PACKAGES : [word])).map(toPattern);
}

/** Matching would take the longer the more there are. */
const TWO_STARS = /\*[^.]*\*/;

function explain(word: string): string {
  const shown = JSON.stringify(word);
  return `PUBLIC has ${shown}; it must be packages in lower case, separated by spaces, without "/" and with one "*" between dots`;
}

function toPattern(word: string): RegExp {
  return new RegExp(`^${word.replaceAll(".", "\\.").replaceAll("*", "[^.]*")}$`);
}

/** Whether anybody may have an image of these packages: each of them has to be public. */
export function arePublic(publicPackages: PublicPackages, packages: readonly string[]): boolean {
  return packages.length > 0 && packages.every((name) => publicPackages.some((pattern) => pattern.test(name)));
}
