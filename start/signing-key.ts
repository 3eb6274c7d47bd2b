import { join } from "node:path";
import { generatePrivateKey } from "../image/signing-keys/private-key.ts";
import { pathExists } from "./machine/path-exists.ts";
import { writePrivateFile } from "./machine/private-files.ts";

/**
 * The file with the private key that signs the images of this machine. The first start makes it. A file that is there is
 * never replaced, even if it is damaged: people may trust its key.
 */
export async function localSigningKey(stateDirectory: string): Promise<string> {
  const file = join(stateDirectory, "signing-key.pem");
  if (!(await pathExists(file))) await writePrivateFile(file, await generatePrivateKey());
  return file;
}
