import { fromHex, sha256Hex } from "../../protocol/hex.ts";
import { hmacHex } from "../../protocol/signature.ts";

// The name of a build's object is a hash of the request. The key of a build is this name and a mark. Only this Worker
// can make the mark, so a made-up key reaches no object: an object that was called once may leave a file behind.
// A key has 64 hexadecimal digits, so it needs no encoding in a URL.

/** 192 bits: no two requests get the same name. Hexadecimal digits. */
const NAME_LENGTH = 48;
/** 64 bits are enough, because each guess takes a request. Hexadecimal digits. */
const MARK_LENGTH = 16;

/** The settings with which keys are made. */
export interface KeySettings {
  readonly origin: { readonly secret: string };
}

/** The name of the object that builds the image of a tag key. */
export async function buildName(tagKey: string): Promise<string> {
  return (await sha256Hex(tagKey)).slice(0, NAME_LENGTH);
}

/** The key of a build, for addresses. Another secret gives another key for the same build. */
export async function buildKey(settings: KeySettings, name: string): Promise<string> {
  return name + (await markOf(settings, name));
}

/** The object's name in a key of 64 hexadecimal digits; undefined if this Worker did not make the key. */
export async function nameOfKey(settings: KeySettings, key: string): Promise<string | undefined> {
  const name = key.slice(0, NAME_LENGTH);
  const mark = fromHex(await markOf(settings, name));
  return crypto.subtle.timingSafeEqual(mark, fromHex(key.slice(NAME_LENGTH))) ? name : undefined;
}

/** The signed text begins with "build", so it cannot be the text of a signed call: that begins with a method. */
async function markOf({ origin }: KeySettings, name: string): Promise<string> {
  return (await hmacHex(origin.secret, `build\n${name}`)).slice(0, MARK_LENGTH);
}
