/** The settings of our Nix daemon. */
export interface DaemonSettings {
  readonly sandbox: boolean;
  /** Separated by spaces. If undefined, the machine's own setting applies. */
  readonly substituters: string | undefined;
  readonly maxJobs: number | undefined;
  /** Builders run as members of this group. If undefined, they run as the daemon's user. */
  readonly buildGroup: string | undefined;
  /** Settings of the machine's own configuration, by name. */
  readonly machine: ReadonlyMap<string, string>;
}

/** Nix ends a builder that prints more; bytes. */
const MAX_BUILD_LOG_BYTES = 67_108_864;
/** Nix waits at most this long for a connection to a server; seconds. */
export const CONNECT_TIMEOUT_S = 10;

/**
 * Cornice takes only these settings from the machine's configuration. They name caches, remote builders and resource
 * limits. None of them runs a program on this machine, loads code, or gives an evaluation more permissions.
 */
const MACHINE_SETTINGS = new Set([
  "auto-optimise-store",
  "builders",
  "builders-use-substitutes",
  "cores",
  "extra-platforms",
  "http-connections",
  "max-free",
  "max-jobs",
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
  return new Map(settings.filter(([name]) => MACHINE_SETTINGS.has(name)));
}

/** The text of a `nix.conf`: https://nix.dev/manual/nix/2.28/command-ref/conf-file */
export function daemonConfiguration(settings: DaemonSettings): string {
  const { sandbox, substituters, maxJobs, buildGroup, machine } = settings;
  const own = new Map([
    // Every user who reaches the socket may use the daemon. No user is trusted, so none can change its settings.
    ["allowed-users", "*"],
    ["build-users-group", buildGroup ?? ""],
    ["connect-timeout", String(CONNECT_TIMEOUT_S)],
    // Without a network, more attempts would cost five seconds for each call.
    ["download-attempts", "1"],
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
  if (substituters !== undefined) own.set("substituters", substituters);
  if (maxJobs !== undefined) own.set("max-jobs", String(maxJobs));
  const lines = [...new Map([...machine, ...own])].map(([name, value]) => `${name} = ${value}\n`);
  return lines.join("");
}

/** Options for a client of the machine's own daemon. The daemon follows them if it trusts this process's user. */
export function clientOptions({
  sandbox,
  substituters,
  maxJobs,
}: Omit<DaemonSettings, "buildGroup" | "machine">): string[] {
  const settings: [name: string, value: string | undefined][] = [
    ["sandbox", String(sandbox)],
    ["substituters", substituters],
    ["max-jobs", maxJobs === undefined ? undefined : String(maxJobs)],
  ];
  return settings.flatMap(([name, value]) => (value === undefined ? [] : ["--option", name, value]));
}
