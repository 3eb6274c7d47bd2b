/** For a repository over HTTP. */
export interface Credentials {
  /** Scheme, host and port. git sends the password to no other server. */
  readonly origin: string;
  readonly username: string;
  readonly password: string;
}

/** git uses only these transports. Without this list, a repository could name a program to run (`ext::`). */
const TRANSPORTS = "file:git:http:https:ssh";

/** Prints the user name and password when git asks for them. Only git's children see the variables. */
const CREDENTIAL_HELPER =
  '!f() { test "$1" = get || exit 0; printf "username=%s\\npassword=%s\\n" "$CORNICE_GIT_USERNAME" "$CORNICE_GIT_PASSWORD"; }; f';

/**
 * git's environment. It holds the password, so no command line and no file contains it. git still uses the machine's
 * own configuration, keys and agent.
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
    // git writes files exactly as they are in the repository. So all machines evaluate the same files.
    ["core.autocrlf", "false"],
    ["core.attributesFile", "/dev/null"],
  ];
  const secrets: Record<string, string> = {};
  if (credentials) {
    // The empty value removes the machine's helpers. They could store the password.
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
    // There is no terminal, so git must fail instead of asking for a password.
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: TRANSPORTS,
    LC_ALL: "C",
  };
}

/** An environment without network for git. Otherwise git would fetch the files that a partial clone lacks. */
export function offline(env: Readonly<Record<string, string>>): Record<string, string> {
  return { ...env, GIT_ALLOW_PROTOCOL: "none" };
}
