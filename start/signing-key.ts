import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { KeyError } from "../image/signing-keys/key-error.ts";
import { generatePrivateKey, parsePrivateKey } from "../image/signing-keys/private-key.ts";
import type { Environment } from "../origin/system/settings.ts";
import { pathExists } from "./machine/path-exists.ts";
import { writePrivateFile } from "./machine/private-files.ts";
import { StartError } from "./machine/start-error.ts";

/**
 * The file with the private key that signs the images of this machine. The first start makes it. A file that is there is
 * never replaced: people may trust its key. Throws `StartError` if it is damaged and `env` names no other key.
 */
export async function localSigningKey(stateDirectory: string, env: Environment = {}): Promise<string> {
  const file = join(stateDirectory, "signing-key.pem");
  if (!(await pathExists(file))) await writePrivateFile(file, await generatePrivateKey());
  if (env["CORNICE_SIGNING_KEY"] !== undefined || env["CORNICE_SIGNING_COMMAND"]) return file;
  await parsePrivateKey(await readFile(file, "utf8")).catch((error: unknown) => {
    if (!(error instanceof KeyError)) throw error;
    // The error's own text speaks of a key that the operator has made.
    throw new StartError(
      `${file} is damaged: bring it back from a backup, or remove it, and the next start makes a new key. ` +
        "Whoever verifies images needs the new public key then",
    );
  });
  return file;
}
