import { readFile, stat } from "node:fs/promises";
import { KeyError } from "../../image/signing-keys/key-error.ts";
import { parsePrivateKey } from "../../image/signing-keys/private-key.ts";
import type { KeySigner } from "../../image/signing-keys/signer.ts";
import { isSystemError } from "../system/error-code.ts";
import { ConfigError } from "../system/settings.ts";
import { isPem, PREVIOUS_SIGNING_KEY, SIGNING_KEY, type TrustSettings } from "./settings.ts";

/** The current key first. While keys are changed, there are two. */
export type SigningKeys = readonly [KeySigner, ...KeySigner[]];

const OTHERS_MAY_ACCESS = 0o007;

/** Reads the private keys. Undefined if there is none. Throws `ConfigError` with all problems, and nothing of a key. */
export async function readSigningKeys(settings: TrustSettings): Promise<SigningKeys | undefined> {
  const { signingKey, previousSigningKey } = settings;
  if (signingKey === undefined) return undefined;
  const problems: string[] = [];
  const current = await readKey(SIGNING_KEY, signingKey, problems);
  const previous =
    previousSigningKey === undefined ? undefined : await readKey(PREVIOUS_SIGNING_KEY, previousSigningKey, problems);
  if (!current || problems.length > 0) throw new ConfigError(problems);
  return previous && previous.keyId !== current.keyId ? [current, previous] : [current];
}

async function readKey(name: string, value: string, problems: string[]): Promise<KeySigner | undefined> {
  try {
    return await parsePrivateKey(isPem(value) ? value : await readKeyFile(value));
  } catch (error) {
    if (!(error instanceof KeyError) && !isSystemError(error)) throw error;
    problems.push(`${name}: ${error.message}`);
    return undefined;
  }
}

async function readKeyFile(path: string): Promise<string> {
  const { mode } = await stat(path);
  if ((mode & OTHERS_MAY_ACCESS) !== 0)
    throw new KeyError(`other users may read ${path}; take it from them with "chmod 600 ${path}"`);
  return readFile(path, "utf8");
}
