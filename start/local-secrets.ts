import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseJsonObject } from "../protocol/json-object.ts";
import { writePrivateFile } from "./machine/private-files.ts";

/** The secrets by which the processes of this machine know each other. */
export interface LocalSecrets {
  readonly originSecret: string;
  /** The credentials of R2 over S3. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The token of KV over REST. */
  readonly kvToken: string;
}

const SECRET_BYTES = 32;

/** Reads the secrets of a state directory, and makes the missing ones. */
export async function localSecrets(stateDirectory: string): Promise<LocalSecrets> {
  const file = join(stateDirectory, "secrets.json");
  const kept = parseSecrets(await readFile(file, "utf8").catch(() => ""));
  if (kept?.kvToken !== undefined) return { ...kept, kvToken: kept.kvToken };
  const secrets = { ...(kept ?? newSecrets()), kvToken: randomSecret() };
  await writePrivateFile(file, JSON.stringify(secrets));
  return secrets;
}

type KeptSecrets = Omit<LocalSecrets, "kvToken"> & { readonly kvToken: string | undefined };

/** An older file has no token of KV, because KV needed none at that time. */
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
