import { readFile } from "node:fs/promises";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { writePrivateFile } from "../machine/private-files.ts";
import type { LocalStores } from "./local-stores.ts";

/** Tells the edge where the stores are, and which credentials they need. An operator can run another origin with it. */
export async function writeStores(file: string, stores: LocalStores): Promise<void> {
  await writePrivateFile(file, JSON.stringify(stores));
}

/** Throws if `writeStores` did not write the file. */
export async function readStores(file: string): Promise<LocalStores> {
  const { port, bucket, accessKeyId, secretAccessKey, namespaceId, apiToken } =
    parseJsonObject(await readFile(file, "utf8")) ?? {};
  if (
    typeof port !== "number" ||
    typeof bucket !== "string" ||
    typeof accessKeyId !== "string" ||
    typeof secretAccessKey !== "string" ||
    typeof namespaceId !== "string" ||
    typeof apiToken !== "string"
  ) {
    throw new Error(`${file} does not say where the stores are`);
  }
  return { port, bucket, accessKeyId, secretAccessKey, namespaceId, apiToken };
}
