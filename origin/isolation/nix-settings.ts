/** How Nix uses binary caches. */
export interface CacheSettings {
  /** Addresses, separated by spaces. If undefined, the machine's own setting applies. */
  readonly substituters: string | undefined;
  /** Keys that are trusted beside the machine's own ones, separated by spaces. */
  readonly trustedKeys?: string | undefined;
  /** A file with passwords for binary caches. */
  readonly netrcFile?: string | undefined;
  /** Nix gives a download up after this time without a byte, over all its attempts; seconds. */
  readonly downloadSilenceS?: number;
  /** A file with further settings of Nix. */
  readonly nixConf?: string | undefined;
}

/** The settings of our Nix daemon. */
export interface DaemonSettings extends CacheSettings {
  readonly sandbox: boolean;
  readonly maxJobs: number | undefined;
  /** Builders run as members of this group. If undefined, they run as the daemon's user. */
  readonly buildGroup: string | undefined;
  /** Systems whose builders run programs of this machine alone. So Nix may build for them here. */
  readonly extraSystems?: readonly string[];
  /** Settings of the machine's own configuration and of the operator's file, by name. */
  readonly machine: ReadonlyMap<string, string>;
}

/** Nix ends a builder that prints more; bytes. */
const MAX_BUILD_LOG_BYTES = 67_108_864;
/** Nix waits at most this long for a connection to a server; seconds. */
export const CONNECT_TIMEOUT_S = 10;

/** How often Nix asks a binary cache before it gives up: its own default. */
const DOWNLOAD_ATTEMPTS = 5;
/** Nix waits between attempts: about five seconds in all. */
const PAUSES_S = 5;
export const DEFAULT_SILENCE_S = 60;
/** A path that a cache does not have may be there a moment later: somebody has built and uploaded it. Seconds. */
const NEGATIVE_TTL_S = 0;
/** The time between Nix's plan and its downloads. A cache may lose paths, so it must not be long; seconds. */
const POSITIVE_TTL_S = 300;

/**
 * Cornice takes only these settings from the machine's configuration, and from the operator's file. They name caches, remote builders and resource
 * limits. None of them runs a program on this machine, loads code, or gives an evaluation more permissions.
 */
export const PASSED_ON: ReadonlySet<string> = new Set([
  "auto-optimise-store",
  "builders",
  "builders-use-substitutes",
  "cores",
  "extra-platforms",
  "http-connections",
  "max-free",
  "max-jobs",
  "max-silent-time",
  "min-free",
  "sandbox-paths",
  "ssl-cert-file",
  "substituters",
  "system-features",
  "trusted-public-keys",
]);

/** Reads the output of `nix show-config`: `name = value` lines. */
export function parseMachineSettings(lines: readonly string[]): Map<string, string> {
  const settings = lines.map((line): [string, string] => {
    const [name = "", ...value] = line.split(" = ");
    return [name.trim(), value.join(" = ").trim()];
  });
  return new Map(settings.filter(([name]) => PASSED_ON.has(name)));
}

/** The text of a `nix.conf`: https://nix.dev/manual/nix/2.28/command-ref/conf-file */
export function daemonConfiguration(settings: DaemonSettings): string {
  const { sandbox, maxJobs, buildGroup, machine } = settings;
  const own = new Map([
    // Every user who reaches the socket may use the daemon. No user is trusted, so none can change its settings.
    ["allowed-users", "*"],
    ["build-users-group", buildGroup ?? ""],
    ["experimental-features", ""],
    ["max-build-log-size", String(MAX_BUILD_LOG_BYTES)],
    ["plugin-files", ""],
    ["post-build-hook", ""],
    ["pre-build-hook", ""],
    ["sandbox", String(sandbox)],
    // Otherwise, if the kernel denies the sandbox, Nix builds without it and says nothing.
    ["sandbox-fallback", "false"],
    ["trusted-users", ""],
  ]);
  for (const [name, value] of cacheOptions(settings, machine.get(TRUSTED_KEYS))) own.set(name, value);
  if (maxJobs !== undefined) own.set("max-jobs", String(maxJobs));
  for (const [name, value] of systemOptions(settings)) own.set(name, value);
  const lines = [...new Map([...machine, ...own])].map(([name, value]) => `${name} = ${value}\n`);
  return lines.join("");
}

const TRUSTED_KEYS = "trusted-public-keys";

/** Nix adds them to the systems of the setting `extra-platforms`. */
function systemOptions({ extraSystems = [] }: Pick<DaemonSettings, "extraSystems">): [name: string, value: string][] {
  return extraSystems.length === 0 ? [] : [["extra-extra-platforms", extraSystems.join(" ")]];
}

/** `machineKeys` are the keys that the machine trusts, separated by spaces. */
function cacheOptions(settings: CacheSettings, machineKeys = ""): [name: string, value: string][] {
  const { substituters, trustedKeys, netrcFile, downloadSilenceS = DEFAULT_SILENCE_S } = settings;
  const stalledS = Math.max(1, Math.floor((downloadSilenceS - PAUSES_S) / DOWNLOAD_ATTEMPTS));
  const chosen: [name: string, value: string | undefined][] = [
    ["substituters", substituters],
    [TRUSTED_KEYS, trustedKeys && `${machineKeys} ${trustedKeys}`.trim()],
    ["netrc-file", netrcFile],
  ];
  return [
    ["connect-timeout", String(Math.min(stalledS, CONNECT_TIMEOUT_S))],
    ["download-attempts", String(DOWNLOAD_ATTEMPTS)],
    ["narinfo-cache-negative-ttl", String(NEGATIVE_TTL_S)],
    ["narinfo-cache-positive-ttl", String(POSITIVE_TTL_S)],
    ["stalled-download-timeout", String(stalledS)],
    ...chosen.flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]])),
  ];
}

/** Options for a client of the machine's own daemon. The daemon follows them if it trusts this process's user. */
export function clientOptions(
  settings: Omit<DaemonSettings, "buildGroup" | "machine">,
  further: ReadonlyMap<string, string>,
): string[] {
  const { sandbox, maxJobs, trustedKeys, ...caches } = settings;
  const options: [name: string, value: string][] = [
    ...further,
    ["sandbox", String(sandbox)],
    ...systemOptions(settings),
    ...cacheOptions(caches),
    ...(trustedKeys === undefined ? [] : ([["extra-trusted-public-keys", trustedKeys]] satisfies [string, string][])),
    ...(maxJobs === undefined ? [] : ([["max-jobs", String(maxJobs)]] satisfies [string, string][])),
  ];
  return options.flatMap(([name, value]) => ["--option", name, value]);
}

/** Options for a client whom the machine's own daemon does not trust. It follows these, and warns of others. */
export function untrustedOptions(
  { substituters, maxJobs }: Pick<DaemonSettings, "substituters" | "maxJobs">,
  ignoredCaches: readonly string[],
): string[] {
  const caches = substituters?.split(/\s+/).filter((cache) => !ignoredCaches.includes(cache));
  return [
    ...(caches === undefined ? [] : ["--option", "substituters", caches.join(" ").trim()]),
    ...(maxJobs === undefined ? [] : ["--option", "max-jobs", String(maxJobs)]),
  ];
}
