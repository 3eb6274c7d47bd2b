import { readFile, stat } from "node:fs/promises";
import { KeyError } from "../../image/signing-keys/key-error.ts";
import { parsePrivateKey } from "../../image/signing-keys/private-key.ts";
import { parsePublicKeys } from "../../image/signing-keys/public-key.ts";
import type { KeySigner } from "../../image/signing-keys/signer.ts";
import { isSystemError } from "../system/error-code.ts";
import { ConfigError } from "../system/settings.ts";
import { commandSigner } from "./command-signer.ts";
import {
  isPem,
  PREVIOUS_SIGNING_KEY,
  SIGNING_KEY,
  SIGNING_PUBLIC_KEY,
  type SigningSetting,
  type TrustSettings,
} from "./settings.ts";

/** The current key first. While keys are changed, there are two. */
export type SigningKeys = readonly [KeySigner, ...KeySigner[]];

const OTHERS_MAY_ACCESS = 0o007;

/**
 * Reads the keys that sign. `env` is the environment of the signing command. Undefined if there is none. Throws
 * `ConfigError` with all problems, and nothing of a key.
 */
export async function readSigningKeys(
  { signing, previousSigningKey }: TrustSettings,
  env: Readonly<Record<string, string>>,
): Promise<SigningKeys | undefined> {
  if (!signing) return undefined;
  const problems: string[] = [];
  const current = await readCurrent(signing, env, problems);
  const previous =
    previousSigningKey === undefined
      ? undefined
      : await collect(PREVIOUS_SIGNING_KEY, () => readPrivateKey(previousSigningKey), problems);
  if (!current || problems.length > 0) throw new ConfigError(problems);
  return previous && previous.keyId !== current.keyId ? [current, previous] : [current];
}

function readCurrent(
  signing: SigningSetting,
  env: Readonly<Record<string, string>>,
  problems: string[],
): Promise<KeySigner | undefined> {
  if (signing.kind === "key") return collect(SIGNING_KEY, () => readPrivateKey(signing.key), problems);
  return collect(
    SIGNING_PUBLIC_KEY,
    async () => commandSigner({ ...signing, env }, await readPublicKey(signing.publicKey)),
    problems,
  );
}

async function collect<T>(name: string, read: () => Promise<T>, problems: string[]): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof KeyError) && !isSystemError(error)) throw error;
    problems.push(`${name}: ${error.message}`);
    return undefined;
  }
}

async function readPublicKey(value: string) {
  const [key, ...others] = await parsePublicKeys(isPem(value) ? value : await readFile(value, "utf8"));
  if (!key || others.length > 0) throw new KeyError("there must be exactly one public key");
  return key;
}

async function readPrivateKey(value: string): Promise<KeySigner> {
  return parsePrivateKey(isPem(value) ? value : await readKeyFile(value));
}

async function readKeyFile(path: string): Promise<string> {
  const { mode } = await stat(path);
  if ((mode & OTHERS_MAY_ACCESS) !== 0)
    throw new KeyError(`other users may read ${path}; take it from them with "chmod 600 ${path}"`);
  return readFile(path, "utf8");
}
