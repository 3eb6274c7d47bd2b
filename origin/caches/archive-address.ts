import type { CacheAddress } from "./cache-address.ts";
import type { CachedArchive } from "./cached-path.ts";
import { NarInfoError } from "./nar-info.ts";

const ABSOLUTE = /^[a-z][a-z0-9+.-]*:/i;

/**
 * Where the archive of a narinfo is. No signature covers this address. So a relative one must stay in the cache, and only the
 * cache's own server gets its password. Throws `NarInfoError`.
 */
export function archiveAddress(
  { url: base, headers }: Pick<CacheAddress, "url" | "headers">,
  text: string,
): Pick<CachedArchive, "url" | "headers"> {
  const url = URL.parse(text, base);
  if (url === null || url.username !== "" || url.password !== "") throw new NarInfoError("URL is no address");
  if (!ABSOLUTE.test(text)) {
    if (!url.href.startsWith(base)) throw new NarInfoError("URL leads out of the cache");
    return { url: url.href, headers };
  }
  if (!/^https?:$/.test(url.protocol)) throw new NarInfoError("URL is of a kind that is not supported");
  return { url: url.href, headers: url.origin === new URL(base).origin ? headers : {} };
}
