import { IMMUTABLE } from "../answers/content.ts";
import type { StoreSettings } from "./store-settings.ts";
import { logFailure } from "../answers/errors.ts";

type ColoSettings = Pick<StoreSettings, "cacheHost">;

/** Cloudflare's cache takes no larger object. Bytes. */
export const MAX_COLO_BYTES = 512 * 1024 * 1024;

/**
 * Reads content by its storage key from the cache of the data centre in which the Worker runs. The cache's URLs are our
 * own. They have no text of a client, and a client's request for such a URL reaches the Worker, not the cache.
 */
export async function readColo(config: ColoSettings, key: string, range?: string): Promise<Response | undefined> {
  try {
    const request = new Request(coloUrl(config, key), range === undefined ? {} : { headers: { Range: range } });
    return await caches.default.match(request);
  } catch (error) {
    logFailure(`the colo cache did not answer for ${key}`, error);
    return undefined;
  }
}

export interface ColoContent {
  readonly body: BodyInit;
  readonly mediaType: string;
  /** In bytes. The cache needs the announced size to answer ranges. Undefined if nobody knows it before the end. */
  readonly size?: number;
  /** For content that may change under its key: how long the cache keeps it, and its entity tag. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Streams content into the cache. Rejects if the cache does not take it, or if the body breaks off. */
export async function fillColo(config: ColoSettings, key: string, content: ColoContent): Promise<void> {
  const { body, mediaType, size, headers: more } = content;
  const length = size === undefined ? {} : { "Content-Length": String(size) };
  const headers = { "Content-Type": mediaType, ...length, "Cache-Control": IMMUTABLE, ...more };
  await caches.default.put(coloUrl(config, key), new Response(body, { headers }));
}

/** Removes incomplete content from the cache. Never rejects. */
export async function dropColo(config: ColoSettings, key: string): Promise<void> {
  await caches.default.delete(coloUrl(config, key)).catch((error: unknown) => {
    logFailure(`the colo cache did not drop ${key}`, error);
  });
}

function coloUrl({ cacheHost }: ColoSettings, key: string): string {
  return `https://${cacheHost}/${key}`;
}
