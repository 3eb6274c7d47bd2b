import { isAbsolute } from "node:path";
import type { Settings } from "../system/settings.ts";

/** How images are signed and described. */
export interface TrustSettings {
  /** What signs. Undefined if nothing is signed. */
  readonly signing: SigningSetting | undefined;
  /** Another private key that signs, too, while the operator changes keys: PEM, or the path of a PEM file. */
  readonly previousSigningKey: string | undefined;
  /** The registry's address, as people know it. Without a slash at the end. */
  readonly registryUrl: string;
}

export type SigningSetting =
  /** PEM, or the path of a PEM file. */
  | { readonly kind: "key"; readonly key: string }
  /** A program, its arguments, and its public key: PEM, or the path of a PEM file. */
  | { readonly kind: "command"; readonly file: string; readonly args: readonly string[]; readonly publicKey: string };

/** Of `npm start`, without settings. */
const LOCAL_REGISTRY = "http://localhost:8787";

export const SIGNING_KEY = "CORNICE_SIGNING_KEY";
export const PREVIOUS_SIGNING_KEY = "CORNICE_SIGNING_KEY_PREVIOUS";
export const SIGNING_COMMAND = "CORNICE_SIGNING_COMMAND";
export const SIGNING_PUBLIC_KEY = "CORNICE_SIGNING_PUBLIC_KEY";

export function parseTrust(settings: Settings): TrustSettings {
  const signing = parseSigning(settings);
  const previousSigningKey = parseKey(settings, PREVIOUS_SIGNING_KEY, "private");
  if (previousSigningKey !== undefined && signing === undefined)
    settings.problems.push(`${PREVIOUS_SIGNING_KEY} is set without ${SIGNING_KEY} and ${SIGNING_COMMAND}`);
  return {
    signing,
    previousSigningKey,
    registryUrl: settings.optionalUrl("CORNICE_REGISTRY_URL", LOCAL_REGISTRY),
  };
}

/** Whether a setting has the key itself. */
export function isPem(value: string): boolean {
  return value.includes("-----BEGIN ");
}

function parseSigning(settings: Settings): SigningSetting | undefined {
  const key = parseKey(settings, SIGNING_KEY, "private");
  const publicKey = parseKey(settings, SIGNING_PUBLIC_KEY, "public");
  const [file, ...args] = settings.optional(SIGNING_COMMAND)?.trim().split(/\s+/) ?? [];
  if (key !== undefined && file !== undefined)
    settings.problems.push(`${SIGNING_KEY} and ${SIGNING_COMMAND} are both set; images have one current key`);
  if ((file === undefined) !== (publicKey === undefined))
    settings.problems.push(`${SIGNING_COMMAND} and ${SIGNING_PUBLIC_KEY} need each other`);
  if (file !== undefined) return { kind: "command", file, args, publicKey: publicKey ?? "" };
  return key === undefined ? undefined : { kind: "key", key };
}

/** The message does not repeat the value, which may be a part of a key. */
function parseKey(settings: Settings, name: string, half: "private" | "public"): string | undefined {
  const value = settings.optional(name);
  if (value !== undefined && !isPem(value) && !isAbsolute(value))
    settings.problems.push(`${name} must be a ${half} key in PEM, or the absolute path of a file with one`);
  return value;
}
