import { isAbsolute } from "node:path";
import type { Settings } from "../system/settings.ts";

/** How images are signed and described. */
export interface TrustSettings {
  /** The private key that signs: PEM, or the path of a PEM file. Undefined if nothing is signed. */
  readonly signingKey: string | undefined;
  /** Another key that signs, too, while the operator changes keys. */
  readonly previousSigningKey: string | undefined;
  /** The registry's address, as people know it. Without a slash at the end. */
  readonly registryUrl: string;
}

/** Of `npm start`, without settings. */
const LOCAL_REGISTRY = "http://localhost:8787";

export const SIGNING_KEY = "CORNICE_SIGNING_KEY";
export const PREVIOUS_SIGNING_KEY = "CORNICE_SIGNING_KEY_PREVIOUS";

export function parseTrust(settings: Settings): TrustSettings {
  const signingKey = parseKey(settings, SIGNING_KEY);
  const previousSigningKey = parseKey(settings, PREVIOUS_SIGNING_KEY);
  if (previousSigningKey !== undefined && signingKey === undefined)
    settings.problems.push(`${PREVIOUS_SIGNING_KEY} is set without ${SIGNING_KEY}`);
  return {
    signingKey,
    previousSigningKey,
    registryUrl: settings.optionalUrl("CORNICE_REGISTRY_URL", LOCAL_REGISTRY),
  };
}

/** Whether a setting has the key itself. */
export function isPem(value: string): boolean {
  return value.includes("-----BEGIN ");
}

/** The message does not repeat the value, which may be a part of a key. */
function parseKey(settings: Settings, name: string): string | undefined {
  const value = settings.optional(name);
  if (value !== undefined && !isPem(value) && !isAbsolute(value))
    settings.problems.push(`${name} must be a private key in PEM, or the absolute path of a file with one`);
  return value;
}
