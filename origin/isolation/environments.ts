import { join } from "node:path";
import { gitEnvironment } from "./git-environment.ts";
import type { Sight } from "./isolation.ts";

/** git may not open a repository of this machine: its configuration could name programs to run. */
const ONLY_REMOTE = { GIT_ALLOW_PROTOCOL: "git:http:https:ssh" } as const;
const NO_GIT_CONFIGURATION = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" } as const;

type Variables = Readonly<Record<string, string>>;

/** Nix reads no configuration file. Each call carries its own options. */
const NO_CONFIGURATION = {
  NIX_CONF_DIR: "/var/empty",
  NIX_USER_CONF_FILES: "/dev/null",
} as const;

/** An empty folder as PATH. So Nix finds no program to run, such as git or hg. */
const NO_PROGRAMS = "/var/empty";
/** The folder of the only git that Nix may run. */
export const GIT_PROGRAMS = join(import.meta.dirname, "../../nix/git");
const FOR_NETWORK = [
  "NIX_SSL_CERT_FILE",
  "SSL_CERT_FILE",
  "all_proxy",
  "http_proxy",
  "https_proxy",
  "no_proxy",
] as const;

/** Variables for the folders of Nix's caches. In a jail, another user may own the home, and Nix refuses such a home. */
export function ownFolders(folder: string): Record<string, string> {
  return {
    XDG_CACHE_HOME: join(folder, "cache"),
    XDG_CONFIG_HOME: join(folder, "config"),
    XDG_DATA_HOME: join(folder, "data"),
    XDG_STATE_HOME: join(folder, "state"),
  };
}

/** For a Nix program that runs as this process's user. `remote` is our daemon; undefined for the machine's own. */
export function ownEnvironment(env: Variables, remote: string | undefined): Record<string, string> {
  return { ...env, ...NO_CONFIGURATION, ...(remote === undefined ? {} : { NIX_REMOTE: remote }) };
}

/** The same environment for a Nix program that fetches repositories. A package source chooses their addresses. */
export function ownGitEnvironment(own: Variables): Record<string, string> {
  return { ...gitEnvironment(own), ...ONLY_REMOTE, PATH: GIT_PROGRAMS };
}

export interface Confinement {
  readonly sight: Sight;
  /** A folder for caches. */
  readonly home: string;
  /** A folder for temporary files. */
  readonly temporary: string;
  /** The address of our daemon. Undefined for the machine's own daemon. */
  readonly remote: string | undefined;
}

/** For a program that runs strangers' code. It gets only the variables that it needs. */
export function confinedEnvironment(
  env: Variables,
  { sight, home, temporary, remote }: Confinement,
): Record<string, string> {
  const closed = {
    ...NO_CONFIGURATION,
    PATH: NO_PROGRAMS,
    HOME: home,
    ...ownFolders(home),
    TMPDIR: temporary,
    USER: "nobody",
    LC_ALL: "C.UTF-8",
    NIX_REMOTE: remote ?? "daemon",
  };
  if (!sight.network) return closed;
  const passedOn = FOR_NETWORK.flatMap((name): [string, string][] => {
    const value = env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const open: Record<string, string> = { ...closed, ...Object.fromEntries(passedOn) };
  return sight.git ? { ...ownGitEnvironment(open), ...NO_GIT_CONFIGURATION } : open;
}

/** The files and folders that the variables of a confined program name. */
export function neededFiles({ network, git }: Sight, env: Variables): string[] {
  const certificates = network ? [env["NIX_SSL_CERT_FILE"], env["SSL_CERT_FILE"]] : [];
  return [...new Set(certificates), ...(git ? [GIT_PROGRAMS] : [])].filter((file) => file !== undefined);
}
