import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { isJsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import type { Credentials } from "./authorization.ts";

/** A file with a hundred registries has some KiB. */
const MAX_CONFIG_BYTES = 1_048_576;

/**
 * The password that `docker login` has stored for a registry. Undefined if there is none, or if another program keeps it
 * (`credsStore`). https://docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties
 */
export async function dockerCredentials(
  host: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Credentials | undefined> {
  const path = join(dockerFolder(env), "config.json");
  const status = await stat(path).catch(() => undefined);
  if (!status?.isFile() || status.size > MAX_CONFIG_BYTES) return undefined;
  const { auths } = parseJsonObject(await readFile(path, "utf8").catch(() => "")) ?? {};
  const entry = isJsonObject(auths) && Object.hasOwn(auths, host) ? auths[host] : undefined;
  const auth = isJsonObject(entry) ? entry["auth"] : undefined;
  return typeof auth === "string" ? parseAuth(Buffer.from(auth, "base64").toString("utf8")) : undefined;
}

/** The folder of Docker's settings. */
export function dockerFolder(env: Readonly<Record<string, string | undefined>>): string {
  return env["DOCKER_CONFIG"] ?? join(homedir(), ".docker");
}

function parseAuth(text: string): Credentials | undefined {
  const colon = text.indexOf(":");
  return colon > 0 ? { user: text.slice(0, colon), password: text.slice(colon + 1) } : undefined;
}
