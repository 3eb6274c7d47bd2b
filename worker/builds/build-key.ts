import { sha256Hex } from "../../protocol/hex.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { tagKey } from "../../protocol/storage-keys.ts";

/** Names the one build of a request: 64 hexadecimal digits, so that it fits into an address as it is. */
export async function buildKey(image: ImageRequest): Promise<string> {
  return sha256Hex(await tagKey(image));
}
