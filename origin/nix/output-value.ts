import { OciError } from "../../protocol/oci-error.ts";
import { plainLine } from "../../protocol/plain-text.ts";
import { isDerivation, isStorePath } from "../../image/closure/store-path.ts";

// These functions read the answer of an evaluation. A package set chooses most values, so each value may be an attack.

/** An object. Its members are not checked yet. */
export type Json = Readonly<Record<string, unknown>>;

/** A path directly below the Nix store. */
export function storePath(value: unknown): string {
  return matching(value, isStorePath, "a store path");
}

/** The store path of a derivation. */
export function derivation(value: unknown): string {
  return matching(value, isDerivation, "a derivation");
}

/** Store paths, messages and labels contain names: https://nix.dev/manual/nix/2.28/store/store-path#name */
const NAME = /^[0-9A-Za-z+\-._?=]{1,211}$/;

/** The name of a derivation, or of one of its outputs. */
export function derivationWord(value: unknown): string {
  return matching(value, (word) => NAME.test(word), "a name");
}

/**
 * 255 is the maximum length of an image's name. A package of an image has the name of its derivation here. So `+` is
 * allowed.
 */
const ATTRIBUTE = /^[0-9A-Za-z+\-._?=]{1,255}$/;

/** The attribute that a component of an image's name finds, in the package set's own spelling. */
export function attributePath(value: unknown): string {
  return matching(value, (word) => ATTRIBUTE.test(word), "an attribute");
}

/** A string. */
export function text(value: unknown): string {
  return matching(value, () => true, "a text");
}

function matching(value: unknown, isRight: (text: string) => boolean, expected: string): string {
  if (typeof value === "string" && isRight(value)) return value;
  throw unexpected(value, expected);
}

/** An array. `parse` reads each item. */
export function list<T>(value: unknown, parse: (item: unknown) => T): T[] {
  if (Array.isArray(value)) return value.map((item) => parse(item));
  throw unexpected(value, "a list");
}

/** An object. An array is an object, too. */
export function object(value: unknown): Json {
  if (typeof value === "object" && value !== null) return { ...value };
  throw unexpected(value, "a set");
}

/** Clients see the value in an error message; characters. */
const MAX_SHOWN = 120;

/** Makes a package set's text fit for a message: one short line without control characters. */
export function shown(value: string): string {
  const line = plainLine(value);
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line;
}

/** The error for a value of the wrong kind. `expected` names the right kind, as in `a store path`. */
export function unexpected(value: unknown, expected: string): OciError {
  return new OciError("MANIFEST_UNKNOWN", `the package set gives ${described(value)} instead of ${expected}`);
}

/** Leaves out the members of a list or a set: `JSON.stringify` fails if they are nested too deeply. */
function described(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "a set";
  return shown(JSON.stringify(value));
}
