import type { DeclaredLine } from "./declared-lines.ts";

/** A user that a package needs. */
export interface DeclaredUser {
  readonly kind: "user";
  readonly name: string;
  /** Undefined if any number will do. */
  readonly id: number | undefined;
  /** The primary group, if it is not the group of the user's own name. */
  readonly group: string | number | undefined;
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
}

/** A group that a package needs. */
export interface DeclaredGroup {
  readonly kind: "group";
  readonly name: string;
  /** Undefined if any number will do. */
  readonly id: number | undefined;
}

/** A user who belongs to a group. */
export interface DeclaredMember {
  readonly kind: "member";
  readonly name: string;
  readonly group: string;
}

export type Declaration = DeclaredUser | DeclaredGroup | DeclaredMember;

/** Users, groups and members. `u!` is a user whom nobody can become with a password. */
const TYPES: ReadonlySet<string> = new Set(["u", "u!", "g", "m"]);
/** As systemd has it: a name must look like a name for all programs that read it. */
const NAME = /^[a-zA-Z_][a-zA-Z0-9_-]{0,30}$/;
/** A field of passwd has neither colons nor control characters. */
const FIELD = /^[^:\p{Cc}\u2028\u2029]{0,200}$/u;
const PATH = /^\/[^:\p{Cc}\s]{0,200}$/u;
/** The highest number for an account of the system. The numbers above are nobody's and none's. */
const MAX_ID = 65_533;
const NO_LOGIN = "/usr/sbin/nologin";

/**
 * Parses a line of sysusers.d: https://www.freedesktop.org/software/systemd/man/latest/sysusers.d.html Undefined for a
 * line that declares no account.
 */
export function parseSysusersLine({ words }: DeclaredLine): Declaration | "malformed" | undefined {
  const [type = "", name = "", id = "-", comment = "-", home = "-", shell = "-"] = words;
  if (!TYPES.has(type)) return undefined;
  if (!NAME.test(name)) return "malformed";
  const [own, group] = id.split(":");
  switch (type) {
    case "u":
    case "u!":
      return {
        kind: "user",
        name,
        id: parseId(own),
        group: parseGroup(group),
        comment: FIELD.test(comment) && comment !== "-" ? comment : "",
        home: PATH.test(home) ? home : "/",
        shell: PATH.test(shell) ? shell : NO_LOGIN,
      };
    case "g":
      return { kind: "group", name, id: parseId(own) };
    default:
      return NAME.test(id) ? { kind: "member", name, group: id } : "malformed";
  }
}

/** Undefined means that any number will do. */
function parseId(text = ""): number | undefined {
  const id = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return id > 0 && id <= MAX_ID ? id : undefined;
}

function parseGroup(text: string | undefined): string | number | undefined {
  if (text === undefined) return undefined;
  return NAME.test(text) ? text : parseId(text);
}
