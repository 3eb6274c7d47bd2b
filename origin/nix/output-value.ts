import { isStorePath } from "./store-path.ts";

// Readers for what `cornice-prepare-image` prints. What does not fit is a defect of ours: a plain error.

/** An object whose members are yet to be read. */
export type Json = Readonly<Record<string, unknown>>;

/** A path right below the Nix store. */
export function storePath(value: unknown): string {
  if (typeof value === "string" && isStorePath(value)) return value;
  throw unexpected(value);
}

/** A string. */
export function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw unexpected(value);
}

/** An array, each item read by `parse`. */
export function list<T>(value: unknown, parse: (item: unknown) => T): T[] {
  if (Array.isArray(value)) return value.map((item) => parse(item));
  throw unexpected(value);
}

/** An object; an array counts as one. */
export function object(value: unknown): Json {
  if (typeof value === "object" && value !== null) return { ...value };
  throw unexpected(value);
}

/** What to throw for a value that does not fit. */
export function unexpected(value: unknown): Error {
  return new Error(`cornice-prepare-image printed something unexpected: ${JSON.stringify(value)}`);
}
