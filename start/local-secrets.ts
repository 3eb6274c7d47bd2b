import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseJsonObject } from "../protocol/json-object.ts";
import { writePrivateFile } from "./machine/private-files.ts";

/** What the processes of this machine prove themselves with to each other. */
export interface LocalSecrets {
  readonly originSecret: string;
  /** Of R2 over S3. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of KV over REST. */
  readonly kvToken: string;
}

const SECRET_BYTES = 32;

/** Reads the secrets of a state directory, or makes those that it does not have yet. */
export async function localSecrets(stateDirectory: string): Promise<LocalSecrets> {
  const file = join(stateDirectory, "secrets.json");
  const kept = parseSecrets(await readFile(file, "utf8").catch(() => ""));
  if (kept?.kvToken !== undefined) return { ...kept, kvToken: kept.kvToken };
  const secrets = { ...(kept ?? newSecrets()), kvToken: randomSecret() };
  await writePrivateFile(file, JSON.stringify(secrets));
  return secrets;
}

type KeptSecrets = Omit<LocalSecrets, "kvToken"> & { readonly kvToken: string | undefined };

/** Without the token of KV where the file is from a time when KV asked for none. */
function parseSecrets(text: string): KeptSecrets | undefined {
  const { originSecret, accessKeyId, secretAccessKey, kvToken } = parseJsonObject(text) ?? {};
  const isWhole =
    typeof originSecret === "string" && typeof accessKeyId === "string" && typeof secretAccessKey === "string";
  if (!isWhole) return undefined;
  return { originSecret, accessKeyId, secretAccessKey, kvToken: typeof kvToken === "string" ? kvToken : undefined };
}

function newSecrets(): Omit<LocalSecrets, "kvToken"> {
  return { originSecret: randomSecret(), accessKeyId: "cornice", secretAccessKey: randomSecret() };
}

function randomSecret(): string {
  return randomBytes(SECRET_BYTES).toString("hex");
}
