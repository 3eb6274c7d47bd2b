import type { Credentials } from "../isolation/git-environment.ts";
import { type CommandOptions, CommandError, runCommand } from "../system/command.ts";
import { LastLines } from "../system/last-lines.ts";
import { redactUrls } from "../system/redact.ts";
import { withoutCredentials } from "./package-source.ts";

/** A repository, and the credentials for it. */
export interface GitRemote {
  /** The URL without credentials. Command lines and git's configuration contain it. */
  readonly url: string;
  readonly credentials: Credentials | undefined;
}

export interface GitOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Standard input. */
  readonly input?: string;
}

/** GitHub, GitLab, Gitea and Forgejo accept a token as the password of any user name. */
const TOKEN_USER = "x-access-token";

/** Takes the credentials out of the URL. Only HTTP uses a token, because SSH uses the machine's keys. */
export function parseGitRemote(url: string, token: string | undefined): GitRemote {
  if (!/^https?:/.test(url)) return { url, credentials: undefined };
  const { username, password, origin } = new URL(url);
  const given = decode(password) || token;
  if (given === undefined && username === "") return { url, credentials: undefined };
  const credentials = { origin, username: decode(username) || TOKEN_USER, password: given ?? "" };
  return { url: withoutCredentials(url), credentials };
}

/** A text with an invalid percent sign stays as it is, as in browsers. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Runs git and returns its output lines. Throws an error with the last lines of its log. */
export async function runGit(args: readonly string[], { env, signal, input }: GitOptions): Promise<string[]> {
  const lines: string[] = [];
  const log = new LastLines();
  const options: CommandOptions = {
    args,
    env,
    signal,
    onStdout: (line) => lines.push(line),
    onStderr: (line) => log.add(redactUrls(line)),
    ...(input === undefined ? {} : { input }),
  };
  await runCommand("git", options).catch((cause: unknown) => {
    if (!(cause instanceof CommandError) || log.isEmpty) throw cause;
    throw new CommandError(log.text, { cause });
  });
  return lines;
}
