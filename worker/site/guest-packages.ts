import { sha256Hex } from "../../protocol/hex.ts";
import { packageIndexKey } from "../../protocol/storage-keys.ts";
import type { WithAccess } from "../access/access-settings.ts";
import { formatRules, isFindable, type PublicPackages } from "../access/public-packages.ts";
import { dropColo, fillColo, readColo } from "../stores/colo-cache.ts";
import { inBackground } from "../requests/request-context.ts";
import { FRESH, findIndex, type IndexContext, type StoredIndex } from "./stored-index.ts";
import { publicRows } from "./public-rows.ts";

/**
 * The list of packages for a guest: those that are public, and nothing of the source. Reading the whole list takes a
 * tenth of a second of a processor. So the colo cache keeps the result for each set of rules.
 */
export async function findGuestIndex(context: IndexContext<WithAccess>): Promise<StoredIndex> {
  const { config, tiers } = context;
  const rules = config.access.scheme === "none" ? [] : config.access.publicPackages;
  const hash = await sha256Hex(formatRules(rules));
  const key = `${await packageIndexKey(config.packageSource)}/${hash}`;
  const near = await tiers.ask("colo", () => readColo(config, key));
  const etag = near?.headers.get("ETag");
  if (near?.body && etag) return { body: near.body, etag };
  const stored = await findIndex(context);
  inBackground(context, "keeping the list for guests", keepNear(context, key, { rules, hash }));
  return guestIndex(stored, { rules, hash });
}

interface Rules {
  readonly rules: PublicPackages;
  readonly hash: string;
}

function guestIndex({ body, etag }: StoredIndex, { rules, hash }: Rules): StoredIndex {
  const rows = body
    .pipeThrough(new DecompressionStream("gzip"))
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(publicRows((name) => isFindable(rules, name)))
    .pipeThrough(new TextEncoderStream())
    .pipeThrough(new CompressionStream("gzip"));
  return { body: rows, etag: etag.replace(/"$/, `-${hash}"`) };
}

/** Reads the list once more: a client that reads slowly, or leaves, must not hold the copy up. */
async function keepNear(context: IndexContext<WithAccess>, key: string, rules: Rules): Promise<void> {
  const { body, etag } = guestIndex(await findIndex(context), rules);
  const headers = { ETag: etag, "Cache-Control": `public, ${FRESH}` };
  try {
    await fillColo(context.config, key, { body, mediaType: "application/octet-stream", headers });
  } catch (error) {
    await dropColo(context.config, key);
    throw error;
  }
}
