/** What the daemon that builds is told. */
export interface DaemonSettings {
  readonly sandbox: boolean;
  /** Separated by spaces; undefined leaves the machine's own. */
  readonly substituters: string | undefined;
  readonly maxJobs: number | undefined;
  /** The group whose members builders run as; undefined for the daemon's own user. */
  readonly buildGroup: string | undefined;
  /** Settings of the machine's own configuration, by name. */
  readonly machine: ReadonlyMap<string, string>;
}

/** A builder that prints more is ended; bytes. */
const MAX_BUILD_LOG_BYTES = 67_108_864;
/** A server that cannot be reached is not waited for longer; seconds. */
export const CONNECT_TIMEOUT_S = 10;

/**
 * What of the machine's own configuration counts: where store paths come from, who builds beside this machine, and what
 * builders may use. Nothing that runs a program, loads code, or widens what evaluation may do.
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

/** Reads what `nix show-config` prints: `name = value` lines. */
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
    // Whoever reaches its socket may ask it, and nobody is trusted with more than that.
    ["allowed-users", "*"],
    ["build-users-group", buildGroup ?? ""],
    ["connect-timeout", String(CONNECT_TIMEOUT_S)],
    // Without a network, further ones would cost five seconds a call.
    ["download-attempts", "1"],
    ["experimental-features", ""],
    ["max-build-log-size", String(MAX_BUILD_LOG_BYTES)],
    ["plugin-files", ""],
    ["post-build-hook", ""],
    ["pre-build-hook", ""],
    ["sandbox", String(sandbox)],
    // Else Nix would build without one where the kernel denies it, and not say so.
    ["sandbox-fallback", "false"],
    ["trusted-users", ""],
  ]);
  if (substituters !== undefined) own.set("substituters", substituters);
  if (maxJobs !== undefined) own.set("max-jobs", String(maxJobs));
  const lines = [...new Map([...machine, ...own])].map(([name, value]) => `${name} = ${value}\n`);
  return lines.join("");
}
