/** A user and a password, for one server or for all. */
export interface NetrcEntry {
  /** Undefined for `default`: all servers. */
  readonly machine: string | undefined;
  readonly login: string;
  readonly password: string;
}

/** A word, or a text in quotes. */
const TOKEN = /"((?:\\.|[^"\\])*)"|(\S+)/g;
/** A macro ends at an empty line. */
const MACRO = /^\s*macdef\b.*\n(?:.*\S.*\n?)*/gm;
const COMMENT = /^\s*#.*$/gm;

const VALUED: ReadonlySet<string> = new Set(["machine", "login", "password", "account"]);

/** Reads a `netrc` file as curl does: https://everything.curl.dev/usingcurl/netrc.html */
export function parseNetrc(text: string): NetrcEntry[] {
  const plain = text.replaceAll(MACRO, "").replaceAll(COMMENT, "");
  const words = [...plain.matchAll(TOKEN)]
    .map(([, quoted, word = ""]) => quoted?.replaceAll(/\\(.)/g, "$1") ?? word)
    .values();
  const entries: { machine: string | undefined; login: string; password: string }[] = [];
  for (const word of words) {
    const entry = entries.at(-1);
    if (word === "default") entries.push({ machine: undefined, login: "", password: "" });
    else if (VALUED.has(word)) {
      const value = words.next().value ?? "";
      if (word === "machine") entries.push({ machine: value.toLowerCase(), login: "", password: "" });
      else if (word === "login" && entry) entry.login = value;
      else if (word === "password" && entry) entry.password = value;
    }
  }
  return entries;
}

/** The first entry for the host of a URL. `default` is for hosts that have no entry. */
export function netrcEntryFor(url: URL, entries: readonly NetrcEntry[]): NetrcEntry | undefined {
  return (
    entries.find(({ machine }) => machine === url.hostname) ?? entries.find(({ machine }) => machine === undefined)
  );
}

/** The `Authorization` header of HTTP's basic authentication: RFC 7617. */
export function basicAuthorization({ login, password }: Pick<NetrcEntry, "login" | "password">): string {
  return `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`;
}
