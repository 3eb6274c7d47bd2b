/** Whether caches may keep an answer for everybody, or each client for itself alone. */
export type Visibility = "public" | "private";

/** Redirects and errors hold for a moment, or for one client. */
const KEPT_STATUSES: ReadonlySet<number> = new Set([200, 206, 304]);
const KEPT_NOWHERE = "no-store";
const PUBLIC = "public, ";
const PRIVATE = "private, ";

/**
 * The `Cache-Control` of an answer. `stated` is the one that its route allows: it begins with `public, ` or `private, `.
 * Without such a statement, no cache keeps the answer. A cache in front of the Worker keeps answers without the header
 * for hours, and its keys have neither host nor user: https://developers.cloudflare.com/workers/cache/cache-keys/
 */
export function cacheControl(stated: string | null, status: number, visibility: Visibility): string {
  if (stated === null || !KEPT_STATUSES.has(status)) return KEPT_NOWHERE;
  if (stated.startsWith(PRIVATE)) return stated;
  if (!stated.startsWith(PUBLIC)) return KEPT_NOWHERE;
  return visibility === "public" ? stated : PRIVATE + stated.slice(PUBLIC.length);
}
