import { IMMUTABLE } from "../answers/content.ts";
import type { StoreSettings } from "./store-settings.ts";
import { logFailure } from "../answers/errors.ts";

type ColoSettings = Pick<StoreSettings, "cacheHost">;

/** Cloudflare's cache takes no larger object; bytes. */
export const MAX_COLO_BYTES = 512 * 1024 * 1024;

/**
 * Content in the cache of the data centre that the Worker runs in, by its storage key. The URLs are our own: nothing
 * that a client sends is part of one, and no client can ask the cache for one past the Worker.
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
  /** In bytes; the cache answers ranges only where it is announced. */
  readonly size: number;
  /** Of content that is not fixed by its key: until when it is kept, and by what it is told from another one. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Streams the content in. Rejects where the cache does not take it, or the body breaks off. */
export async function fillColo(config: ColoSettings, key: string, content: ColoContent): Promise<void> {
  const { body, mediaType, size, headers: more } = content;
  const headers = { "Content-Type": mediaType, "Content-Length": String(size), "Cache-Control": IMMUTABLE, ...more };
  await caches.default.put(coloUrl(config, key), new Response(body, { headers }));
}

/** Has the cache forget content that did not come whole. Never rejects. */
export async function dropColo(config: ColoSettings, key: string): Promise<void> {
  await caches.default.delete(coloUrl(config, key)).catch((error: unknown) => {
    logFailure(`the colo cache did not drop ${key}`, error);
  });
}

function coloUrl({ cacheHost }: ColoSettings, key: string): string {
  return `https://${cacheHost}/${key}`;
}
