import { parseAccept } from "hono/utils/accept";
import type { WithAccess } from "../access/access-settings.ts";
import type { Person } from "../access/authorise-person.ts";
import { hasTag } from "../answers/content.ts";
import { findGuestIndex } from "./guest-packages.ts";
import { FRESH, findIndex, type IndexContext } from "./stored-index.ts";

const KEPT_BY_BROWSER = `private, ${FRESH}, stale-while-revalidate=86400`;
/**
 * Only browsers keep the list: no cache knows the `Accept-Encoding` that the client itself has sent. A guest may log in
 * a moment later, and then gets another list. So the browser of a guest asks each time.
 */
const CACHING: Readonly<Record<Person, string>> = {
  anybody: KEPT_BY_BROWSER,
  user: KEPT_BY_BROWSER,
  guest: "private, no-cache",
};

/** `/api/packages`: the stored `PackageIndex`; for a guest `GuestPackages`. Throws `NAME_UNKNOWN` if there is none. */
export async function answerPackages(context: IndexContext<WithAccess>, person: Person): Promise<Response> {
  const index = person === "guest" ? await findGuestIndex(context) : await findIndex(context);
  const headers = new Headers({
    ETag: index.etag,
    "Cache-Control": CACHING[person],
    Vary: "Accept-Encoding",
    ...context.tiers.headers(),
  });
  if (hasTag(context.request.headers.get("If-None-Match"), index.etag)) {
    await index.body.cancel();
    return new Response(null, { status: 304, headers });
  }
  headers.set("Content-Type", "application/json");
  if (!acceptsGzip(context.request)) {
    return new Response(index.body.pipeThrough(new DecompressionStream("gzip")), { headers });
  }
  headers.set("Content-Encoding", "gzip");
  return new Response(index.body, { headers, encodeBody: "manual" });
}

/** Reads the client's own header. Cloudflare changes `Accept-Encoding`, so that one always accepts gzip. */
function acceptsGzip({ headers, cf }: Request): boolean {
  const own = cf?.["clientAcceptEncoding"];
  const accepted = parseAccept(typeof own === "string" ? own : (headers.get("Accept-Encoding") ?? ""));
  return accepted.some(({ type, q }) => (type === "gzip" || type === "*") && q > 0);
}
