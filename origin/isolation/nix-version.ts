/** A version of Nix, such as 2.26.3. */
export interface NixVersion {
  /** As Nix or a package set writes it. */
  readonly text: string;
  readonly numbers: readonly number[];
}

/** Up to four numbers. Unstable versions have a suffix, such as `2.34pre20251201`. */
const VERSION = /^(\d{1,6}(?:\.\d{1,6}){0,3})(?:[-+.]?[a-z][\w.+-]{0,60})?$/;

/** Returns undefined if the text is no version. */
export function parseNixVersion(text: string): NixVersion | undefined {
  const numbers = VERSION.exec(text)?.[1];
  return numbers === undefined ? undefined : { text, numbers: numbers.split(".").map(Number) };
}

/** Reads the output of `nix-instantiate --version`. Other implementations of Nix write other words before the version. */
export function parseVersionLine(line: string): NixVersion | undefined {
  return parseNixVersion(line.trim().split(" ").at(-1) ?? "");
}

export function isOlder(version: NixVersion, than: NixVersion): boolean {
  const count = Math.max(version.numbers.length, than.numbers.length);
  for (let at = 0; at < count; at++) {
    const difference = (version.numbers[at] ?? 0) - (than.numbers[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** The newest of the versions. Undefined if there is none. */
export function newestOf(versions: readonly NixVersion[]): NixVersion | undefined {
  return versions.reduce<NixVersion | undefined>(
    (newest, version) => (newest === undefined || isOlder(newest, version) ? version : newest),
    undefined,
  );
}
