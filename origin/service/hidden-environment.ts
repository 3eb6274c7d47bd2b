import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { escapePattern } from "../system/redact.ts";
import type { Environment } from "../system/settings.ts";

/**
 * Settings with secrets. All processes of the same user can read the first environment of a process in
 * `/proc/<pid>/environ`, whatever happens to `process.env`.
 */
const SECRET_SETTINGS = [
  "CORNICE_FLAKE",
  "CORNICE_GIT_TOKEN",
  "CORNICE_NIX_ACCESS_TOKENS",
  "CORNICE_NIX_SUBSTITUTERS",
  "CORNICE_ORIGIN_SECRET",
  "CORNICE_ORIGIN_SECRET_PREVIOUS",
  "CORNICE_PKGS_REPO",
  "CORNICE_SIGNING_KEY",
  "CORNICE_SIGNING_KEY_PREVIOUS",
  "CORNICE_USERS",
  "KV_API_TOKEN",
  "R2_ACCESS_KEY_ID",
  "R2_SECRET_ACCESS_KEY",
] as const;

const SECRET_NAMES: ReadonlySet<string> = new Set(SECRET_SETTINGS);

/** Settings with URLs. Only the user names and passwords in them are secret. */
const SECRET_URLS: ReadonlySet<string> = new Set(["CORNICE_FLAKE", "CORNICE_NIX_SUBSTITUTERS", "CORNICE_PKGS_REPO"]);
/** A shorter secret would match parts of harmless words. Our own secrets must be longer. In characters. */
const MIN_MASKED_LENGTH = 6;

/** Returns a function that replaces the secrets of an environment in a text. */
export function secretMask(env: Environment): (text: string) => string {
  const values = SECRET_SETTINGS.flatMap((name) => secretsIn(name, env[name] ?? ""));
  const masked = values.filter((value) => value.length >= MIN_MASKED_LENGTH);
  // The longest goes first, because a secret may be a part of another secret.
  const longestFirst = masked.toSorted((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return (text) => text;
  const anySecret = new RegExp(longestFirst.map(escapePattern).join("|"), "g");
  return (text) => text.replaceAll(anySecret, "[secret]");
}

function secretsIn(name: string, value: string): string[] {
  if (!SECRET_URLS.has(name)) return [value, ...value.split(/\s+/)];
  const urls = value.split(/\s+/).map((url) => URL.parse(url));
  const parts = urls.flatMap((url) => (url ? [url.username, url.password] : []));
  return parts.flatMap((part) => [part, decoded(part)]);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * Fields 50 and 51 of https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html. The parsed list begins with field 3.
 */
const ENVIRONMENT_START = 47;
const ENVIRONMENT_END = 48;

export interface HiddenSecrets {
  /** The whole environment, with the secrets. */
  readonly settings: Environment;
  /** The secrets that `/proc` still shows, because the system does not allow us to overwrite them. */
  readonly shown: readonly string[];
}

/** The environment for a process that needs no secrets. */
export function withoutSecrets(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !SECRET_NAMES.has(name)));
}

/** The environment for a program of the operator. It has the program's own settings, and none of our secrets. */
export function programEnvironment(env: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(withoutSecrets(env)).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/**
 * Removes the secrets from this process's environment and from `/proc`, so that children and others cannot read them.
 */
export function hideSecrets(env: NodeJS.ProcessEnv): HiddenSecrets {
  const settings = { ...env };
  const names = SECRET_SETTINGS.filter((name) => env[name] !== undefined);
  for (const name of names) delete env[name];
  if (names.length === 0) return { settings, shown: [] };
  try {
    overwrite(names);
  } catch {
    // `shownByProc` finds the secrets that are still there.
  }
  return { settings, shown: shownByProc(names) };
}

/** Overwrites the values with zeros in the memory that `/proc` shows. */
function overwrite(names: readonly string[]): void {
  const { start, bytes } = initialEnvironment();
  const memory = openSync("/proc/self/mem", "r+");
  try {
    for (const { name, offset, length } of entriesOf(bytes)) {
      const valueAt = name.length + 1;
      if (!names.includes(name) || length <= valueAt) continue;
      writeSync(memory, Buffer.alloc(length - valueAt), 0, length - valueAt, start + offset + valueAt);
    }
  } finally {
    closeSync(memory);
  }
}

function initialEnvironment(): { readonly start: number; readonly bytes: Buffer } {
  const status = readFileSync("/proc/self/stat", "latin1");
  // The second field is the program's name in brackets. It may hold any character.
  const fields = status.slice(status.lastIndexOf(")") + 2).split(" ");
  const [start, end] = [Number(fields[ENVIRONMENT_START]), Number(fields[ENVIRONMENT_END])];
  const bytes = readFileSync("/proc/self/environ");
  if (!(start > 0) || end - start < bytes.length)
    throw new RangeError("the kernel does not show where the environment is");
  return { start, bytes };
}

interface Entry {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
}

function entriesOf(bytes: Buffer): Entry[] {
  const entries: Entry[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const end = bytes.indexOf(0, offset);
    const length = (end < 0 ? bytes.length : end) - offset;
    const text = bytes.toString("latin1", offset, offset + length);
    entries.push({ name: text.slice(0, Math.max(0, text.indexOf("="))), offset, length });
    offset += length + 1;
  }
  return entries;
}

function shownByProc(names: readonly string[]): string[] {
  try {
    const entries = readFileSync("/proc/self/environ", "latin1").split("\0");
    return names.filter((name) =>
      entries.some((entry) => entry.startsWith(`${name}=`) && entry.length > name.length + 1),
    );
  } catch {
    // If this process cannot read the file, other processes of the user cannot either.
    return [];
  }
}
