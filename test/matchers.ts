import { expect } from "vitest";

// The same matchers of vitest have the type `any`, so an object that holds one would lose its type.

/** Equals a text that matches the pattern. */
export function matching(pattern: string | RegExp): unknown {
  return expect.stringMatching(pattern);
}

/** Equals a text that has this part. */
export function containing(part: string): unknown {
  return expect.stringContaining(part);
}

/** Equals a text that does not match the pattern. */
export function notMatching(pattern: string | RegExp): unknown {
  return expect.not.stringMatching(pattern);
}

/** Equals a list that has these items, among others. */
export function listContaining(items: unknown[]): unknown {
  return expect.arrayContaining(items);
}

/** Equals a value of this class, or a primitive value such as a number for `Number`. */
export function anyOf(type: unknown): unknown {
  return expect.any(type);
}

/** Equals any value except null and undefined. */
export function anything(): unknown {
  return expect.anything();
}
