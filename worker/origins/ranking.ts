import { sha256Hex } from "../../protocol/hex.ts";

/**
 * The origins in the order in which a request key tries them, by rendezvous hashing: each origin is first for an equal
 * share of the keys, and one that comes or goes takes over, or leaves behind, only the keys it is first for.
 */
export async function rankOrigins(urls: readonly string[], key: string): Promise<string[]> {
  const scored = await Promise.all(urls.map(async (url) => ({ url, score: await sha256Hex(`${url}\n${key}`) })));
  return scored.toSorted((a, b) => (a.score < b.score ? -1 : 1)).map(({ url }) => url);
}
