/** A path of this machine, and the word that replaces it in texts for clients. */
export type Place = readonly [path: string, word: string];

const STORE_PATH_PREFIX = /\/nix\/store\/[0-9a-df-np-sv-z]{32}-/g;
const SYNTAX_CHARACTERS = /[\\^$.*+?()[\]{}|]/g;

/**
 * Replaces the paths of this machine in a text: each place by its word, each store path by its name.
 * It replaces longer places first, because a place can be inside another one.
 */
export function redactPaths(text: string, places: readonly Place[]): string {
  const longestFirst = places.filter(([path]) => path.length > 1).toSorted(([a], [b]) => b.length - a.length);
  const named = longestFirst.reduce((shown, [path, word]) => shown.replaceAll(wholePath(path), word), text);
  return named.replaceAll(STORE_PATH_PREFIX, "");
}

/** Matches the path as a whole. So `/pkgs` matches in neither `/pkgs2` nor `/my/pkgs`. */
function wholePath(path: string): RegExp {
  const literal = escapePattern(path.replace(/\/+$/, ""));
  return new RegExp(`(?<![\\w.~-])${literal}(?![\\w~-])`, "g");
}

/** Returns a pattern that matches exactly this text. */
export function escapePattern(text: string): string {
  return text.replaceAll(SYNTAX_CHARACTERS, "\\$&");
}

/** Removes credentials from everything in a text that looks like a URL. */
export function redactUrls(text: string): string {
  return text.replaceAll(/:\/\/[^/\s]*@/g, "://");
}
