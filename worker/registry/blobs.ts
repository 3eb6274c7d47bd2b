import type { Digest } from "../../protocol/digest.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import { readColo } from "../stores/colo-cache.ts";
import { copyToColo } from "../stores/colo-copy.ts";
import { BLOB_MEDIA_TYPE, contentHeaders, hasMatch, notModified } from "../answers/content.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { DigestCheck } from "../stores/digest-check.ts";
import type { WantedBlob } from "./image-with-blob.ts";
import { replaceDamaged, restoreBlob, type RestoreSettings } from "./restore-blob.ts";
import { readR2 } from "../stores/r2.ts";
import type { ByteRange, RequestedRange } from "./range.ts";
import { partResponse, requestedRange, requirePart } from "./range-answers.ts";
import type { RequestContext } from "../requests/request-context.ts";

type BlobContext = RequestContext<RestoreSettings>;

/** Streams a layer or config from the colo cache or R2. A blob is the same under every image name. */
export async function answerBlob(context: BlobContext, blob: WantedBlob): Promise<Response> {
  const { request } = context;
  const { digest } = blob;
  const isKnown = hasMatch(request.headers.get("If-None-Match"), digest);
  if (isKnown || request.method === "HEAD") {
    const headers = blobHeaders(context, digest, await blobSize(context, blob));
    return isKnown ? notModified(headers) : new Response(null, { headers });
  }
  const range = requestedRange(request, digest);
  return range === undefined ? wholeBlob(context, blob) : partOfBlob(context, blob, range);
}

async function blobSize(context: BlobContext, blob: WantedBlob): Promise<number> {
  const { config, tiers } = context;
  const key = blobKey(blob.digest);
  const near = await tiers.ask("colo", async () => closedSize(await readColo(config, key)));
  return near ?? readStored(context, blob, async (r2) => (await r2.head(key))?.size);
}

async function wholeBlob(context: BlobContext, blob: WantedBlob): Promise<Response> {
  const { config, tiers } = context;
  const { digest } = blob;
  const key = blobKey(digest);
  const near = await tiers.ask("colo", () => readColo(config, key));
  if (near) return new Response(near.body, { headers: blobHeaders(context, digest, announcedSize(near)) });
  const object = await readStored(context, blob, async (r2) => (await r2.get(key)) ?? undefined);
  const headers = blobHeaders(context, digest, object.size);
  const check = { begin: () => new DigestCheck(digest), onDamage: () => replaceDamaged(context, digest) };
  const { body, isChecked } = copyToColo(context, key, object, { mediaType: BLOB_MEDIA_TYPE, check });
  // No cache keeps bytes that nobody has checked.
  if (!isChecked) headers.delete("Cache-Control");
  return new Response(body, { headers });
}

async function partOfBlob(context: BlobContext, blob: WantedBlob, range: RequestedRange): Promise<Response> {
  const { config, tiers } = context;
  const { digest } = blob;
  const part =
    (await tiers.ask("colo", () => nearPart(config, digest, range))) ??
    (await readStored(context, blob, (r2) => storedPart(r2, digest, range)));
  return partResponse(part.body, blobHeaders(context, digest, part.size), part, part.size);
}

/** Reads from R2. If the blob is missing, an origin puts it there first. Throws `BLOB_UNKNOWN` if no origin has it. */
async function readStored<T>(
  context: BlobContext,
  blob: WantedBlob,
  read: (r2: R2Bucket) => Promise<T | undefined>,
): Promise<T> {
  const { config, tiers } = context;
  const found =
    (await tiers.ask("r2", () => readR2(config, read))) ??
    (await tiers.ask("origin", async () => ((await restoreBlob(context, blob)) ? readR2(config, read) : undefined)));
  if (found === undefined) throw new OciError("BLOB_UNKNOWN", `this registry has no blob ${blob.digest}`);
  return found;
}

interface BlobPart extends ByteRange {
  readonly body: ReadableStream | null;
  /** The size of the whole blob, in bytes. */
  readonly size: number;
}

/** The Worker resolves the range itself, so a range means the same for the colo cache and for R2. */
async function nearPart(config: StoreSettings, digest: Digest, range: RequestedRange): Promise<BlobPart | undefined> {
  const key = blobKey(digest);
  const size = await closedSize(await readColo(config, key));
  if (size === undefined) return undefined;
  const part = requirePart(range, size);
  const response = await readColo(config, key, `bytes=${part.offset}-${part.offset + part.length - 1}`);
  if (response?.status === 206) return { ...part, body: response.body, size };
  await response?.body?.cancel();
  return undefined;
}

/** Costs one operation of R2. If it fails, as for a range outside of the blob, a second one asks for the size. */
async function storedPart(r2: R2Bucket, digest: Digest, range: RequestedRange): Promise<BlobPart | undefined> {
  const key = blobKey(digest);
  const object = await r2.get(key, { range }).catch(async (error: unknown) => {
    const size = (await r2.head(key))?.size;
    if (size !== undefined) requirePart(range, size);
    throw error;
  });
  return object ? { ...requirePart(range, object.size), body: object.body, size: object.size } : undefined;
}

async function closedSize(response: Response | undefined): Promise<number | undefined> {
  await response?.body?.cancel();
  return response && announcedSize(response);
}

function announcedSize({ headers }: Response): number {
  return Number(headers.get("Content-Length"));
}

function blobHeaders({ tiers }: RequestContext, digest: Digest, size: number): Headers {
  const headers = contentHeaders({ digest, mediaType: BLOB_MEDIA_TYPE, size });
  for (const [name, value] of Object.entries(tiers.headers())) headers.set(name, value);
  return headers;
}
