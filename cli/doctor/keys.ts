import { KeyError } from "../../image/signing-keys/key-error.ts";
import { parsePublicKeys } from "../../image/signing-keys/public-key.ts";
import { programEnvironment } from "../../origin/service/hidden-environment.ts";
import { ConfigError, type Environment } from "../../origin/system/settings.ts";
import type { TrustSettings } from "../../origin/trust/settings.ts";
import { readSigningKeys } from "../../origin/trust/signing-keys.ts";
import { errorText, type Finding, ok, problem, warning } from "./finding.ts";

const CHECK = "keys";
const TIMEOUT_MS = 30_000;
const MAX_KEY_BYTES = 16_384;
const SIGN = "set CORNICE_SIGNING_KEY: docs/verify.md says how";

/** The ids of the keys that sign here. Empty if nothing is signed. `env`: for the signing command. */
export async function signingKeyIds(trust: TrustSettings, env: Environment): Promise<readonly string[]> {
  return ((await readSigningKeys(trust, programEnvironment(env))) ?? []).map(({ keyId }) => keyId);
}

/** Compares the keys that sign with those that the registry publishes. */
export async function checkKeys(registry: URL, trust: TrustSettings, env: Environment): Promise<Finding> {
  try {
    return keyFinding(await signingKeyIds(trust, env), await publishedKeyIds(registry));
  } catch (error) {
    if (error instanceof ConfigError) return problem(CHECK, error.problems.join("; "), "the origin does not start so");
    return problem(CHECK, errorText(error), "let everybody read /keys/cosign.pub of the registry");
  }
}

/** The current key comes first in both lists. */
export function keyFinding(signing: readonly string[], published: readonly string[]): Finding {
  const [ours] = signing;
  const [theirs] = published;
  if (ours === undefined && theirs === undefined) return ok(CHECK, "images are not signed, and no key is published");
  if (ours === undefined) return warning(CHECK, "the registry publishes a key, but new images are not signed", SIGN);
  if (theirs === undefined)
    return warning(CHECK, "the registry publishes no key yet", "start the origin: it publishes the key at its start");
  if (ours === theirs) return ok(CHECK, "the registry publishes the key that signs");
  return problem(
    CHECK,
    "the registry publishes another key than the one that signs",
    "restart the origin, or set its key",
  );
}

async function publishedKeyIds(registry: URL): Promise<readonly string[]> {
  const response = await fetch(new URL("/keys/cosign.pub", registry), { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = (await response.text()).slice(0, MAX_KEY_BYTES);
  if (response.status === 404) return [];
  if (!response.ok) throw new Error(`/keys/cosign.pub answered ${response.status}`);
  try {
    return (await parsePublicKeys(text)).map(({ id }) => id);
  } catch (error) {
    if (error instanceof KeyError) throw new Error("/keys/cosign.pub is no file of keys", { cause: error });
    throw error;
  }
}
