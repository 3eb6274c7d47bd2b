import { sha256Hex } from "../../protocol/hex.ts";

/** The most digits in the name of a shard: 4096 shards. */
export const MAX_DIGITS = 3;

/** The hexadecimal digits that name the shard of a name. Every reader and writer must agree on them. */
export async function shardDigits(name: string, count: number): Promise<string> {
  return (await sha256Hex(name)).slice(0, count);
}
