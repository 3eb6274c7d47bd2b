/** Words that differ between versions of Nix, and the words that Cornice uses for all of them. */
const WORDS: readonly [words: RegExp, same: string][] = [
  // Nix up to 2.18 names the system call. About Nix's own files, its words say that Nix does not work.
  [/^getting status of '(?!\/nix\/var\/)([^']*)': No such file or directory$/m, "path '$1' does not exist"],
  // Nix up to 2.20 does not say that the input is not locked.
  [/\bcannot update flake input /, "cannot update unlocked flake input "],
  // Nix since 2.29 gives the reason a line of its own.
  [/^Cannot build '(\/nix\/store\/[^']+\.drv)'\.\s+Reason: builder (failed [^\n]*?)\.?(?=\n|$)/, "builder for '$1' $2"],
];

/**
 * Says a reason in the same words for every version of Nix, so that the versions differ in one place. The rest of Cornice
 * knows only these words.
 */
export function sameWords(reason: string): string {
  return WORDS.reduce((text, [words, same]) => text.replace(words, same), reason);
}
