/** A path of this machine, and the word that stands for it in what clients read. */
export type Place = readonly [path: string, word: string];

const STORE_PATH_PREFIX = /\/nix\/store\/[0-9a-df-np-sv-z]{32}-/g;
const SYNTAX_CHARACTERS = /[\\^$.*+?()[\]{}|]/g;

/**
 * Text without paths of this machine: each place as its word, store paths as their names.
 * Longer places go first, whatever their order.
 */
export function redactPaths(text: string, places: readonly Place[]): string {
  const longestFirst = places.filter(([path]) => path.length > 1).toSorted(([a], [b]) => b.length - a.length);
  const named = longestFirst.reduce((shown, [path, word]) => shown.replaceAll(wholePath(path), word), text);
  return named.replaceAll(STORE_PATH_PREFIX, "");
}

/** The path and not a longer name that begins or ends with it: `/pkgs` is not in `/pkgs2`, nor in `/my/pkgs`. */
function wholePath(path: string): RegExp {
  const literal = escapePattern(path.replace(/\/+$/, ""));
  return new RegExp(`(?<![\\w.~-])${literal}(?![\\w~-])`, "g");
}

/** A pattern that matches the text itself. */
export function escapePattern(text: string): string {
  return text.replaceAll(SYNTAX_CHARACTERS, "\\$&");
}

/** Takes credentials out of whatever looks like a URL, in text that may be none. */
export function redactUrls(text: string): string {
  return text.replaceAll(/:\/\/[^/\s]*@/g, "://");
}
