import { TAG_HEADERS } from "../answers/content.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { attachedUnknown, findAttached } from "../stores/attached-manifests.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { manifestResponse } from "./manifests.ts";

/**
 * Serves what a tag beside an image names: `sha256-<hex>`, `sha256-<hex>.sig` or `sha256-<hex>.att`. A missing one is 404
 * for every client, so that a client which looks for signatures goes on.
 */
export async function answerAttached(context: RequestContext<StoreSettings>, tag: string): Promise<Response> {
  const manifest = await findAttached(context, tag);
  if (!manifest) throw attachedUnknown(tag);
  // The tag names another manifest after a rotation of keys.
  return manifestResponse(context, manifest, TAG_HEADERS);
}
