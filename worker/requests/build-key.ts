import { fromHex, sha256Hex } from "../../protocol/hex.ts";
import { hmacHex } from "../../protocol/signature.ts";

// A build's object is named by a hash of the request. The key by which people ask for the build goes on with a mark that
// only this Worker can make: an object that was once called may leave a file behind, so that made-up keys must not reach
// any. Together they are 64 hexadecimal digits, which fit into an address as they are.

/** 192 bits: no two requests meet. */
const NAME_LENGTH = 48;
/** 64 bits: each guess takes a request. */
const MARK_LENGTH = 16;

/** The settings that keys are made with. */
export interface Keeper {
  readonly origin: { readonly secret: string };
}

/** Names the one build of a request by its tag key. */
export async function buildName(tagKey: string): Promise<string> {
  return (await sha256Hex(tagKey)).slice(0, NAME_LENGTH);
}

/** People ask for a build by this key. Another secret gives another key for the same build. */
export async function buildKey(keeper: Keeper, name: string): Promise<string> {
  return name + (await markOf(keeper, name));
}

/** The name of the build that a key of 64 hexadecimal digits stands for; undefined where this Worker did not make it. */
export async function nameOfKey(keeper: Keeper, key: string): Promise<string | undefined> {
  const name = key.slice(0, NAME_LENGTH);
  const mark = fromHex(await markOf(keeper, name));
  return crypto.subtle.timingSafeEqual(mark, fromHex(key.slice(NAME_LENGTH))) ? name : undefined;
}

/** The first word tells it from the signature of a call, which begins with a method. */
async function markOf({ origin }: Keeper, name: string): Promise<string> {
  return (await hmacHex(origin.secret, `build\n${name}`)).slice(0, MARK_LENGTH);
}
