import { OciError } from "../../protocol/oci-error.ts";
import { plainLine } from "../../protocol/plain-text.ts";
import { isDerivation, isStorePath } from "../../image/closure/store-path.ts";

// Readers for what evaluation gives, most of which a package set has chosen. What does not fit is its mistake, or worse.

/** An object whose members are yet to be read. */
export type Json = Readonly<Record<string, unknown>>;

/** A path right below the Nix store. */
export function storePath(value: unknown): string {
  return matching(value, isStorePath, "a store path");
}

/** The store path of a derivation. */
export function derivation(value: unknown): string {
  return matching(value, isDerivation, "a derivation");
}

/** A name is part of a store path, of messages and of labels: https://nix.dev/manual/nix/2.28/store/store-path#name */
const NAME = /^[0-9A-Za-z+\-._?=]{1,211}$/;

/** The name of a derivation, or of one of its outputs. */
export function derivationWord(value: unknown): string {
  return matching(value, (word) => NAME.test(word), "a name");
}

/** As long as an image's name may be. A package of an image has its derivation's name instead, so that it may have `+`. */
const ATTRIBUTE = /^[0-9A-Za-z+\-._?=]{1,255}$/;

/** What a component of an image's name leads to, in the package set's own spelling. */
export function attributePath(value: unknown): string {
  return matching(value, (word) => ATTRIBUTE.test(word), "an attribute");
}

/** A string. */
export function text(value: unknown): string {
  return matching(value, () => true, "a text");
}

function matching(value: unknown, isRight: (text: string) => boolean, what: string): string {
  if (typeof value === "string" && isRight(value)) return value;
  throw unexpected(value, what);
}

/** An array, each item read by `parse`. */
export function list<T>(value: unknown, parse: (item: unknown) => T): T[] {
  if (Array.isArray(value)) return value.map((item) => parse(item));
  throw unexpected(value, "a list");
}

/** An object; an array counts as one. */
export function object(value: unknown): Json {
  if (typeof value === "object" && value !== null) return { ...value };
  throw unexpected(value, "a set");
}

/** Of a value that is told to whoever pulls. */
const MAX_SHOWN = 120;

/** A text that a package set has chosen, as it may stand in a message. */
export function shown(value: string): string {
  const line = plainLine(value);
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line;
}

/** What to throw for a value that is not what it must be. */
export function unexpected(value: unknown, what: string): OciError {
  return new OciError("MANIFEST_UNKNOWN", `the package set gives ${described(value)} where ${what} belongs`);
}

/** Without the members of a list or a set: they may be nested deeper than JSON can be written. */
function described(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "a set";
  return shown(JSON.stringify(value));
}
