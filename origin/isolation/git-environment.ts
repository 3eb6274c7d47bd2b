/** For a repository over HTTP. */
export interface Credentials {
  /** Scheme, host and port that may be told the password, and no other. */
  readonly origin: string;
  readonly username: string;
  readonly password: string;
}

/** Only these; a repository cannot name a program to run (`ext::`). */
const TRANSPORTS = "file:git:http:https:ssh";

/** Prints what git asks for. Only git's own children see the variables. */
const CREDENTIAL_HELPER =
  '!f() { test "$1" = get || exit 0; printf "username=%s\\npassword=%s\\n" "$CORNICE_GIT_USERNAME" "$CORNICE_GIT_PASSWORD"; }; f';

/**
 * git's environment: neither its command line nor its configuration on disk holds a password. The machine's
 * own configuration, keys and agent go on counting.
 */
export function gitEnvironment(
  env: Readonly<Record<string, string>>,
  credentials?: Credentials,
): Record<string, string> {
  const settings: [name: string, value: string][] = [
    ["core.hooksPath", "/dev/null"],
    ["core.fsmonitor", "false"],
    ["gc.autoDetach", "false"],
    ["maintenance.autoDetach", "false"],
    // Files as they are in the repository: what is evaluated is the same on every machine.
    ["core.autocrlf", "false"],
    ["core.attributesFile", "/dev/null"],
  ];
  const secrets: Record<string, string> = {};
  if (credentials) {
    // The empty one takes the machine's helpers away, which would otherwise store the password.
    settings.push(["credential.helper", ""], [`credential.${credentials.origin}.helper`, CREDENTIAL_HELPER]);
    Object.assign(secrets, {
      CORNICE_GIT_USERNAME: credentials.username,
      CORNICE_GIT_PASSWORD: credentials.password,
    });
  }
  const entries = settings.flatMap(([name, value], index): [string, string][] => [
    [`GIT_CONFIG_KEY_${index}`, name],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    ...env,
    ...secrets,
    ...Object.fromEntries(entries),
    GIT_CONFIG_COUNT: String(settings.length),
    // Without a terminal git must fail rather than ask for a password.
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: TRANSPORTS,
    LC_ALL: "C",
  };
}

/** An environment in which git stays on this machine: a clone without contents must not fetch what it lacks. */
export function offline(env: Readonly<Record<string, string>>): Record<string, string> {
  return { ...env, GIT_ALLOW_PROTOCOL: "none" };
}
