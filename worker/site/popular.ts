import { DEFAULT_TAG } from "../../protocol/tag.ts";
import type { PopularImages } from "../../protocol/web-api.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { imageName, imageTitle } from "../requests/image-title.ts";
import { listPopularImages } from "../pulls/popular-images.ts";
import type { PullSettings } from "../pulls/pull-settings.ts";
import type { CatalogSettings } from "../registry/catalog.ts";
import type { ImageSettings } from "../requests/image-settings.ts";
import type { RequestContext } from "../requests/request-context.ts";

/** About as many as fit on a screen. */
const MAX_IMAGES = 20;

/** `/api/popular`. Throws `NAME_UNKNOWN` if the registry does not list its images. */
export async function answerPopular({
  config,
}: RequestContext<CatalogSettings & PullSettings & ImageSettings>): Promise<Response> {
  if (!config.catalog) throw new OciError("NAME_UNKNOWN", "this registry does not list its images");
  const popular = await listPopularImages(config, MAX_IMAGES);
  const images = popular.map((image) => (image.tag === DEFAULT_TAG ? imageName : imageTitle)(config, image));
  return Response.json({ images } satisfies PopularImages);
}
