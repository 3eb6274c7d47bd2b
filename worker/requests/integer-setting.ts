import type { IntegerRange } from "../../protocol/shared-settings.ts";

/** Parses a setting that is a whole number. Adds a wrong number to `problems`. */
export function integer<Name extends string>(
  env: { readonly [key in Name]?: string },
  name: Name,
  { fallback, min, max }: IntegerRange,
  problems: string[],
): number {
  const text = env[name] ?? String(fallback);
  const value = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  problems.push(`${name} is ${JSON.stringify(text)}; it must be a whole number from ${min} to ${max}`);
  return fallback;
}
