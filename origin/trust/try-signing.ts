import { CommandError } from "../system/command.ts";
import { hasCode } from "../system/error-code.ts";
import { ConfigError } from "../system/settings.ts";
import { WrongSignature } from "./command-signer.ts";
import { SIGNING_COMMAND, type TrustSettings } from "./settings.ts";
import type { SigningKeys } from "./signing-keys.ts";

const TRIED = new TextEncoder().encode("cornice tries its signing command");

/**
 * Tries a signing command at the start. Throws `ConfigError` if it cannot run, signs with a wrong key, or prints no
 * signature. If it fails, its service may be down for a moment. The registry works without signatures meanwhile, so this
 * is only reported.
 */
export async function trySigning(
  { signing }: TrustSettings,
  keys: SigningKeys | undefined,
  onFailure: (error: CommandError) => void,
): Promise<void> {
  if (!keys || signing?.kind !== "command") return;
  try {
    await keys[0].sign(new Uint8Array(TRIED));
  } catch (error) {
    if (error instanceof WrongSignature || cannotRun(error))
      throw new ConfigError([`${SIGNING_COMMAND}: ${error.message}`]);
    if (!(error instanceof CommandError)) throw error;
    onFailure(error);
  }
}

function cannotRun(error: unknown): error is CommandError {
  return error instanceof CommandError && (hasCode(error.cause, "ENOENT") || hasCode(error.cause, "EACCES"));
}
