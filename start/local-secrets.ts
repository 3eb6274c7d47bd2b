import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseJsonObject } from "../protocol/json-object.ts";

/** What the processes of this machine prove themselves with to each other. */
export interface LocalSecrets {
  readonly originSecret: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const OWNER_ONLY = 0o600;
const SECRET_BYTES = 32;

/** Reads the secrets of a state directory, or makes them at the first start. */
export async function localSecrets(stateDirectory: string): Promise<LocalSecrets> {
  const file = join(stateDirectory, "secrets.json");
  const kept = parseSecrets(await readFile(file, "utf8").catch(() => ""));
  if (kept) return kept;
  const secrets = { originSecret: randomSecret(), accessKeyId: "cornice", secretAccessKey: randomSecret() };
  await writeFile(`${file}.partial`, JSON.stringify(secrets), { mode: OWNER_ONLY });
  await rename(`${file}.partial`, file);
  return secrets;
}

function parseSecrets(text: string): LocalSecrets | undefined {
  const { originSecret, accessKeyId, secretAccessKey } = parseJsonObject(text) ?? {};
  const isWhole =
    typeof originSecret === "string" && typeof accessKeyId === "string" && typeof secretAccessKey === "string";
  return isWhole ? { originSecret, accessKeyId, secretAccessKey } : undefined;
}

function randomSecret(): string {
  return randomBytes(SECRET_BYTES).toString("hex");
}
