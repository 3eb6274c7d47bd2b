import type { Digest } from "../../protocol/digest.ts";
import type { ImageName } from "../../protocol/image-name.ts";
import { manifestBlobs, parseManifestText } from "../../protocol/manifest.ts";
import { logFailure } from "../answers/errors.ts";
import { findManifest } from "../stores/manifests.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { imagesOfName, RequestedImage, type RequestedName, type RequestSettings } from "../requests/requested-image.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { listTags } from "./tag-list.ts";
import { findTagRecord } from "../stores/tag-records.ts";

/** A blob that R2 does not have, and the image name in the request. */
export interface WantedBlob {
  readonly name: ImageName;
  readonly digest: Digest;
}

type SearchContext = RequestContext<RequestSettings & StoreSettings>;

/** The search of an image's tags ends after this many. Each costs two look-ups, and anybody can make up a digest. */
const MAX_TAGS = 20;

/**
 * An image of the name whose manifest names the blob. A list of images has no blobs of its own. Undefined if there is none,
 * or if the stores do not answer.
 */
export async function findImageWith(context: SearchContext, wanted: WantedBlob): Promise<RequestedImage | undefined> {
  try {
    for (const requested of imagesOfName(context.config, wanted.name)) {
      const found = await searchTags(context, requested, wanted.digest);
      if (found) return found;
    }
    return undefined;
  } catch (error) {
    logFailure(`the search for an image with ${wanted.digest} failed`, error);
    return undefined;
  }
}

async function searchTags(
  context: SearchContext,
  requested: RequestedName,
  digest: Digest,
): Promise<RequestedImage | undefined> {
  let left = MAX_TAGS;
  for await (const { tag, key } of listTags(context.config, requested)) {
    const image = new RequestedImage(context.config, { ...requested, tag }, key);
    const record = await findTagRecord(context, image);
    // The manifests of an image name the same blobs.
    const manifest = record && (await findManifest(context, record.manifests.oci));
    if (manifest && namesBlob(manifest.bytes, digest)) return image;
    left -= 1;
    if (left === 0) return undefined;
  }
  return undefined;
}

function namesBlob(bytes: ArrayBuffer, digest: Digest): boolean {
  const manifest = parseManifestText(new TextDecoder().decode(bytes));
  return manifest !== null && manifestBlobs(manifest).some((blob) => blob.digest === digest);
}
