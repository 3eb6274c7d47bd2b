import { text as readText } from "node:stream/consumers";
import type { Environment } from "../origin/system/settings.ts";
import { UsageError } from "./cli-error.ts";
import { dockerCredentials } from "./registry/docker-config.ts";
import type { Credentials } from "./registry/authorization.ts";
import type { VerifyCall } from "./verify-arguments.ts";

const SETTING = "CORNICE_REGISTRY_PASSWORD";

/** The password of `--user`, or of `docker login`. Undefined if the call needs none. Throws `UsageError`. */
export async function readCredentials(
  { user, reference }: Pick<VerifyCall, "user" | "reference">,
  env: Environment,
): Promise<Credentials | undefined> {
  if (user === undefined) return dockerCredentials(reference.host, env);
  const password = configuredPassword(env) ?? (process.stdin.isTTY ? "" : firstLine(await readText(process.stdin)));
  if (password === "")
    throw new UsageError(`--user needs a password: set ${SETTING}, or send the password to standard input`);
  return { user, password };
}

export function configuredPassword(env: Environment): string | undefined {
  return env[SETTING];
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? "";
}
