import { type CommandOptions, CommandError, runCommand } from "../nix/command.ts";
import { redactUrls, withoutCredentials } from "./package-source.ts";

/** A repository to read, with what it takes to be let in. */
export interface GitRemote {
  /** For command lines and git's own configuration: without credentials. */
  readonly url: string;
  readonly credentials: Credentials | undefined;
}

interface Credentials {
  /** Scheme, host and port that may be told the password, and no other. */
  readonly origin: string;
  readonly username: string;
  readonly password: string;
}

export interface GitOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Standard input. */
  readonly input?: string;
}

/** GitHub, GitLab, Gitea and Forgejo take a token as the password of any user. */
const TOKEN_USER = "x-access-token";
/** The last lines of a failed command say why; a progress meter can have thousands before. */
const MAX_KEPT_LINES = 20;

/** Only these; a repository cannot name a program to run (`ext::`). */
const TRANSPORTS = "file:git:http:https:ssh";

/** Prints what git asks for. Only git's own children see the variables. */
const CREDENTIAL_HELPER =
  '!f() { test "$1" = get || exit 0; printf "username=%s\\npassword=%s\\n" "$CORNICE_GIT_USERNAME" "$CORNICE_GIT_PASSWORD"; }; f';

/** Takes the credentials out of the URL. A token counts for HTTP only: SSH has the machine's keys. */
export function parseGitRemote(url: string, token: string | undefined): GitRemote {
  if (!/^https?:/.test(url)) return { url, credentials: undefined };
  const { username, password, origin } = new URL(url);
  const given = decode(password) || token;
  if (given === undefined && username === "") return { url, credentials: undefined };
  const credentials = { origin, username: decode(username) || TOKEN_USER, password: given ?? "" };
  return { url: withoutCredentials(url), credentials };
}

/** A percent sign that encodes nothing stands for itself, as for browsers. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

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
  const entries = settings.flatMap(([name, value], index) => [
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

/** Runs git and returns the lines that it prints. Throws an error with the last lines of its log. */
export async function runGit(args: readonly string[], { env, signal, input }: GitOptions): Promise<string[]> {
  const lines: string[] = [];
  const log: string[] = [];
  const options: CommandOptions = {
    args,
    env,
    signal,
    onStdout: (line) => lines.push(line),
    onStderr: (line) => {
      log.push(redactUrls(line));
      if (log.length > MAX_KEPT_LINES) log.shift();
    },
    ...(input === undefined ? {} : { input }),
  };
  await runCommand("git", options).catch((cause: unknown) => {
    if (!(cause instanceof CommandError) || log.length === 0) throw cause;
    throw new CommandError(log.join("\n"), { cause });
  });
  return lines;
}
