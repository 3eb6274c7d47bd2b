import type { DeclaredLine } from "./declared-lines.ts";

/** A directory that a package needs, with names or numbers of its owners. */
export interface DeclaredDirectory {
  /** Relative to the root, without a slash at the end. */
  readonly path: string;
  readonly mode: number;
  readonly user: string;
  readonly group: string;
}

/** Lines of these types make a directory if it is missing. The marks behind a type say when, which is no matter here. */
const DIRECTORY_TYPE = /^[dDvqQ][!+=~^$-]*$/;
/** A mode may have marks for directories that exist already. */
const MODE = /^[:~]*([0-7]{3,4})$/;
const DEFAULT_MODE = 0o755;
/** Other directories are a package's own, or the runtime's. */
const PLACES = /^(?:var|run|srv|etc|home|opt|tmp)\//;
/** Visible ASCII. A longer path than any package needs is left out. */
const PATH = /^\/[\u0021-\u007e]{1,200}$/;

/** Places that systemd's files leave open: https://www.freedesktop.org/software/systemd/man/latest/tmpfiles.d.html#Specifiers */
const SPECIFIERS: Readonly<Record<string, string>> = {
  "%%": "%",
  "%C": "/var/cache",
  "%L": "/var/log",
  "%S": "/var/lib",
  "%T": "/tmp",
  "%V": "/var/tmp",
  "%t": "/run",
};

/** Old names of directories are links in each image. */
const OLD_NAMES: readonly [old: RegExp, name: string][] = [
  [/^var\/run(?=\/|$)/, "run"],
  [/^var\/lock(?=\/|$)/, "run/lock"],
];

/** Undefined for a line that makes no directory. Malformed is also a directory that no image can have. */
export function parseTmpfilesLine({ words }: DeclaredLine): DeclaredDirectory | "malformed" | undefined {
  const [type = "", place = "", mode = "-", user = "-", group = "-"] = words;
  if (!DIRECTORY_TYPE.test(type)) return undefined;
  const path = parsePath(place);
  const bits = mode === "-" ? DEFAULT_MODE : parseMode(mode);
  if (path === undefined || bits === undefined) return "malformed";
  return { path, mode: bits, user: parseOwner(user), group: parseOwner(group) };
}

function parsePath(text: string): string | undefined {
  const path = text.replaceAll(/%./g, (specifier) => SPECIFIERS[specifier] ?? "\n");
  if (!PATH.test(path)) return undefined;
  const steps = path.split("/").filter((step) => step !== "" && step !== ".");
  if (steps.includes("..") || steps.some((step) => step.startsWith(".wh."))) return undefined;
  const plain = OLD_NAMES.reduce((name, [old, current]) => name.replace(old, current), steps.join("/"));
  return PLACES.test(plain) ? plain : undefined;
}

function parseMode(text: string): number | undefined {
  const octal = MODE.exec(text)?.[1];
  return octal === undefined ? undefined : Number.parseInt(octal, 8);
}

function parseOwner(text: string): string {
  const name = text.replace(/^:/, "");
  return name === "-" ? "root" : name;
}
