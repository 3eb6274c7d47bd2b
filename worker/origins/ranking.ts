import { sha256Hex } from "../../protocol/hex.ts";

/**
 * The origins in the order in which they are asked for a key, by rendezvous hashing. Each origin is first for an equal
 * share of the keys. An origin that comes or goes changes the first origin of its own keys only.
 */
export async function rankOrigins(urls: readonly string[], key: string): Promise<string[]> {
  const scored = await Promise.all(urls.map(async (url) => ({ url, score: await sha256Hex(`${url}\n${key}`) })));
  return scored.toSorted((a, b) => (a.score < b.score ? -1 : 1)).map(({ url }) => url);
}
