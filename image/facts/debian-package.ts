import { isJsonObject } from "../../protocol/json-object.ts";
import { readText } from "./read-text.ts";

/** A Debian package whose files are in a store path. */
export interface DebianPackage {
  readonly name: string;
  /** The exact version, such as `1:2.39.5-0+deb12u3`. */
  readonly version: string;
  readonly architecture: string;
  /** The source package, if it is known. Debian's list of vulnerabilities has source packages only. */
  readonly source?: { readonly name: string; readonly version: string } | undefined;
}

/** https://www.debian.org/doc/debian-policy/ch-controlfields.html#source */
const NAME = /^[a-z0-9][a-z0-9+.-]*$/;
const ARCHITECTURE = /^[a-z0-9-]+$/;
/** https://www.debian.org/doc/debian-policy/ch-controlfields.html#version */
const VERSION = /^[0-9][A-Za-z0-9.+~:-]*$/;

/** Undefined if a part is missing or malformed. */
export function readDebianPackage(value: unknown): DebianPackage | undefined {
  const named = readNamed(value);
  const architecture = isJsonObject(value) ? readMatch(value["architecture"], ARCHITECTURE) : undefined;
  if (!named || architecture === undefined) return undefined;
  const source = isJsonObject(value) ? readNamed(value["source"]) : undefined;
  return { ...named, architecture, ...(source && { source }) };
}

function readNamed(value: unknown): DebianPackage["source"] {
  if (!isJsonObject(value)) return undefined;
  const name = readMatch(value["name"], NAME);
  const version = readMatch(value["version"], VERSION);
  return name === undefined || version === undefined ? undefined : { name, version };
}

function readMatch(value: unknown, pattern: RegExp): string | undefined {
  const text = readText(value);
  return text !== undefined && pattern.test(text) ? text : undefined;
}
