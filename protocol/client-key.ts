import { sha256Hex } from "./hex.ts";

/** The header of a build call that says for which client the build is begun, so that clients take turns. */
export const CLIENT_HEADER = "Cornice-Client";

/** Hexadecimal digits: addresses stay with the Worker. */
const KEY_LENGTH = 16;
const KEY = /^[0-9a-f]{16}$/;
/** The key of whoever calls the origin without saying for whom: all of them are one client. */
export const UNKNOWN_CLIENT = "";

/** A name for a client that tells nothing about it but that it is the same one. `secret` keeps others from guessing. */
export async function clientKey(secret: string, address: string): Promise<string> {
  return (await sha256Hex(`${secret}\n${address}`)).slice(0, KEY_LENGTH);
}

/** The client that a call names; one for all where it names none. */
export function parseClientKey(header: string | null | undefined): string {
  return KEY.test(header ?? "") ? (header ?? UNKNOWN_CLIENT) : UNKNOWN_CLIENT;
}
