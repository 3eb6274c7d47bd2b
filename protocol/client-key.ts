import { sha256Hex } from "./hex.ts";

/** The header of a build call that names the client. The origin lets clients take turns. */
export const CLIENT_HEADER = "Cornice-Client";

/** Hexadecimal digits. The origin gets this key, so clients' addresses stay with the Worker. */
const KEY_LENGTH = 16;
const KEY = /^[0-9a-f]{16}$/;
/** The key of all calls that name no client. They count as one client. */
export const UNKNOWN_CLIENT = "";

/** A name for a client. It hides the address, and nobody without the `secret` can guess it. */
export async function clientKey(secret: string, address: string): Promise<string> {
  return (await sha256Hex(`${secret}\n${address}`)).slice(0, KEY_LENGTH);
}

/** The client that a call names, or `UNKNOWN_CLIENT`. */
export function parseClientKey(header: string | null | undefined): string {
  return KEY.test(header ?? "") ? (header ?? UNKNOWN_CLIENT) : UNKNOWN_CLIENT;
}
