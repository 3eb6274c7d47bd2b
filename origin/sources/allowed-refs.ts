import type { Settings } from "../system/settings.ts";

/** Patterns for the refs that a tag may name. `*` matches any text. */
export interface AllowedRefs {
  /** If undefined, the default applies. It depends on the kind of source. */
  readonly patterns: readonly string[] | undefined;
}

const PATTERN = /^[\w./*-]{1,200}$/;
const MAX_PATTERNS = 100;

/** The channels that nixpkgs publishes. */
export const KNOWN_CHANNELS = ["nixos-*", "nixpkgs-*"] as const;
/** By default, clients may pull every branch and tag of a git repository. */
export const ANY_REF = ["*"] as const;

export function parseAllowedRefs(settings: Settings): AllowedRefs {
  const text = settings.optional("CORNICE_ALLOWED_REFS");
  if (text === undefined) return { patterns: undefined };
  const patterns = text.split(/\s+/).filter((pattern) => pattern !== "");
  if (patterns.length > MAX_PATTERNS || !patterns.every((pattern) => PATTERN.test(pattern))) {
    settings.problems.push(
      `CORNICE_ALLOWED_REFS is ${JSON.stringify(text)}; it must be at most ${MAX_PATTERNS} names separated by spaces, ` +
        "such as main release-*",
    );
  }
  return { patterns };
}

/** Whether one of the patterns matches the whole name. */
export function matchesAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => matches(pattern, name));
}

/** Uses no regular expression, because a pattern with several `*` could take exponential time. */
function matches(pattern: string, name: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
