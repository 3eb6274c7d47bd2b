import { type Isolation, NIX_COMMAND } from "../isolation/isolation.ts";
import { runNix } from "./run-nix.ts";

/** A signature of Nix: `<name of the key>:<base64 of 64 bytes>`. */
const SIGNATURE = /"([^"\s:]+):[A-Za-z0-9+/]{86}=="/g;

/**
 * Says who signed a store path of a binary cache, so that the operator knows which key is missing. An empty text if Nix
 * cannot tell.
 */
export async function signersOf(
  path: string,
  cache: string,
  isolation: Pick<Isolation, "own" | "cacheOptions">,
  signal: AbortSignal,
): Promise<string> {
  const options = [...NIX_COMMAND, ...(await isolation.cacheOptions())];
  const command = await isolation.own("nix", ["path-info", ...options, "--store", cache, "--sigs", "--json", path]);
  const answer = await runNix(command, signal).catch(() => {
    signal.throwIfAborted();
    return undefined;
  });
  if (answer === undefined) return "";
  const names = new Set([...answer.join("\n").matchAll(SIGNATURE)].map(([, name]) => name));
  return names.size === 0 ? "; it is not signed" : `; it is signed by ${[...names].join(", ")}`;
}
