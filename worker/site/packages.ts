import { parseAccept } from "hono/utils/accept";
import { OciError } from "../../protocol/oci-error.ts";
import { packageIndexKey } from "../../protocol/storage-keys.ts";
import type { Visibility } from "../access/authorise.ts";
import { readColo } from "../stores/colo-cache.ts";
import { copyToColo } from "../stores/colo-copy.ts";
import { hasTag } from "../answers/content.ts";
import { readR2 } from "../stores/r2.ts";
import type { ImageSettings } from "../requests/image-settings.ts";
import type { RequestContext } from "../requests/request-context.ts";
import type { StoreSettings } from "../stores/store-settings.ts";

type IndexContext = RequestContext<ImageSettings & StoreSettings>;

/** The index as the origin writes it: JSON, compressed by gzip. */
interface StoredIndex {
  readonly body: ReadableStream;
  readonly etag: string;
}

/** The index rarely changes, and an index that is a few minutes old is good enough. */
const FRESH = "max-age=300";

/** `/api/packages`: the stored `PackageIndex`. Throws `NAME_UNKNOWN` if there is none. */
export async function answerPackages(context: IndexContext, visibility: Visibility): Promise<Response> {
  const index = await findIndex(context);
  const headers = new Headers({
    ETag: index.etag,
    "Cache-Control": `${visibility}, ${FRESH}, stale-while-revalidate=86400`,
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

async function findIndex(context: IndexContext): Promise<StoredIndex> {
  const { tiers, config } = context;
  const key = await packageIndexKey(config.packageSource);
  const near = await tiers.ask("colo", () => readColo(config, key));
  const etag = near?.headers.get("ETag");
  if (near?.body && etag) return { body: near.body, etag };
  const stored = await tiers.ask("r2", async () => (await readR2(config, (r2) => r2.get(key))) ?? undefined);
  if (!stored) throw new OciError("NAME_UNKNOWN", "this registry has no list of packages; pulls work without it");
  // The entity tag is weak, because clients without gzip get other bytes.
  return keepNear(context, key, stored, `W/${stored.httpEtag}`);
}

/** Stores the index as plain bytes. With a type and an encoding, the cache would compress and decompress it. */
function keepNear(context: IndexContext, key: string, stored: R2ObjectBody, etag: string): StoredIndex {
  const headers = { ETag: etag, "Cache-Control": `public, ${FRESH}` };
  return { body: copyToColo(context, key, stored, { mediaType: "application/octet-stream", headers }), etag };
}

/** Reads the client's own header. Cloudflare changes `Accept-Encoding`, so that one always accepts gzip. */
function acceptsGzip({ headers, cf }: Request): boolean {
  const own = cf?.["clientAcceptEncoding"];
  const accepted = parseAccept(typeof own === "string" ? own : (headers.get("Accept-Encoding") ?? ""));
  return accepted.some(({ type, q }) => (type === "gzip" || type === "*") && q > 0);
}
