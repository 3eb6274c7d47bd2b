import { readFile, stat } from "node:fs/promises";
import { KeyError } from "../image/signing-keys/key-error.ts";
import { parsePublicKeys, type PublicKey } from "../image/signing-keys/public-key.ts";
import { CliError, whileDoing } from "./cli-error.ts";
import { sendGet } from "./registry/http-request.ts";
import { readBody } from "./registry/limited-body.ts";
import type { RegistryClient } from "./registry/registry-client.ts";
import { RegistryError } from "./registry/registry-error.ts";
import type { KeyPlace } from "./verify-arguments.ts";

/** The public keys that a verification trusts. */
export interface ChosenKeys {
  /** Empty if the registry publishes none. */
  readonly keys: readonly PublicKey[];
  /** Whether the user has chosen the key. If not, it comes from the registry itself. */
  readonly isPinned: boolean;
}

/** Where a registry of Cornice publishes its keys. */
export const KEY_PATH = "keys/cosign.pub";
/** A file with two keys has less than a KiB. */
const MAX_KEY_BYTES = 16_384;

/** Reads the keys of the call, or those that the registry publishes. Throws `CliError` and `RegistryError`. */
export async function readKeys(
  place: KeyPlace | undefined,
  client: RegistryClient,
  signal: AbortSignal,
): Promise<ChosenKeys> {
  if (place) return { keys: await parse(await readPlace(place, signal), nameOf(place)), isPinned: true };
  const text = await publishedKeys(client);
  return { keys: text === undefined ? [] : await parse(text, `/${KEY_PATH} of the registry`), isPinned: false };
}

/** Undefined if the registry has none. It may be another program than Cornice, and answer with anything. */
async function publishedKeys(client: RegistryClient): Promise<string | undefined> {
  try {
    const text = await client.file(KEY_PATH, MAX_KEY_BYTES);
    return text.includes("-----BEGIN ") ? text : undefined;
  } catch (error) {
    if (error instanceof RegistryError && error.status !== undefined && !error.isTransient) return undefined;
    throw error;
  }
}

async function readPlace(place: KeyPlace, signal: AbortSignal): Promise<string> {
  if (place.kind === "url") {
    const response = await sendGet(place.url, { headers: {}, signal });
    const body = await readBody(response, MAX_KEY_BYTES);
    if (!response.ok) throw new CliError(`${nameOf(place)} cannot be read: the server answered ${response.status}`);
    return new TextDecoder().decode(body);
  }
  const { size } = await stat(place.path).catch(whileDoing(`cannot read the key ${place.path}`));
  if (size > MAX_KEY_BYTES) throw new CliError(`${place.path} is no public key: it has ${size} bytes`);
  return readFile(place.path, "utf8").catch(whileDoing(`cannot read the key ${place.path}`));
}

async function parse(text: string, name: string): Promise<readonly PublicKey[]> {
  try {
    return await parsePublicKeys(text);
  } catch (cause) {
    if (!(cause instanceof KeyError)) throw cause;
    throw new CliError(`${name}: ${cause.message}`, { cause });
  }
}

function nameOf(place: KeyPlace): string {
  return place.kind === "file" ? place.path : `${place.url.origin}${place.url.pathname}`;
}
