import { readFile } from "node:fs/promises";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { writePrivateFile } from "../machine/private-files.ts";
import type { LocalStores } from "./local-stores.ts";

/** Tells the edge, and whoever runs another origin beside it, where the stores are and what they ask for. */
export async function writeStores(file: string, stores: LocalStores): Promise<void> {
  await writePrivateFile(file, JSON.stringify(stores));
}

/** Throws for a file that `writeStores` did not write. */
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
