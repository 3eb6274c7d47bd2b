import { join } from "node:path";
import { gitEnvironment } from "./git-environment.ts";
import type { Sight } from "./isolation.ts";

/** Repositories of this machine have a configuration, which may name programs. */
const ONLY_REMOTE = { GIT_ALLOW_PROTOCOL: "git:http:https:ssh" } as const;
const NO_GIT_CONFIGURATION = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" } as const;

type Variables = Readonly<Record<string, string>>;

/** Nix reads no configuration file. Each call carries its own options. */
const NO_CONFIGURATION = {
  NIX_CONF_DIR: "/var/empty",
  NIX_USER_CONF_FILES: "/dev/null",
} as const;

/** A folder without programs: Nix runs none then, such as git or hg. */
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

/** Where Nix keeps its caches. Nix refuses a home that another user owns, and in a jail the home may be one. */
export function ownFolders(folder: string): Record<string, string> {
  return {
    XDG_CACHE_HOME: join(folder, "cache"),
    XDG_CONFIG_HOME: join(folder, "config"),
    XDG_DATA_HOME: join(folder, "data"),
    XDG_STATE_HOME: join(folder, "state"),
  };
}

/** For a program of Nix that we run as ourselves. `remote`: the daemon to work through, where not the machine's. */
export function ownEnvironment(env: Variables, remote: string | undefined): Record<string, string> {
  return { ...env, ...NO_CONFIGURATION, ...(remote === undefined ? {} : { NIX_REMOTE: remote }) };
}

/** The same where Nix fetches repositories, whose addresses a package source names. */
export function ownGitEnvironment(own: Variables): Record<string, string> {
  return { ...gitEnvironment(own), ...ONLY_REMOTE, PATH: GIT_PROGRAMS };
}

export interface Confinement {
  readonly sight: Sight;
  /** Folders that it may write to: for caches, and for what is gone afterwards. */
  readonly home: string;
  readonly temporary: string;
  /** The daemon to work through, where not the machine's. */
  readonly remote: string | undefined;
}

/** For a program that runs what strangers wrote: nothing that is not needed. */
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

/** What its environment names. */
export function neededFiles({ network, git }: Sight, env: Variables): string[] {
  const certificates = network ? [env["NIX_SSL_CERT_FILE"], env["SSL_CERT_FILE"]] : [];
  return [...new Set(certificates), ...(git ? [GIT_PROGRAMS] : [])].filter((file) => file !== undefined);
}
