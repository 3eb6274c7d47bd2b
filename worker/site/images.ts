import { parseImageName } from "../../protocol/image-name.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { DEFAULT_TAG, parseTag } from "../../protocol/tag.ts";
import { pathOf } from "../requests/endpoint.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { requestedImage } from "../requests/requested-image.ts";
import { answerView } from "./html.ts";
import { findImageInfo } from "./image-info.ts";
import { imageText } from "./image-text.ts";

/** `/images/<name>`, `/images/<name>:<tag>` */
export function showImage(context: RequestContext): Promise<Response> {
  const { url } = context.request;
  return answerView(context, {
    page: "/image",
    async find() {
      const [name = "", ...tag] = pathOf(url).slice("/images/".length).split(":");
      return parseImage(context, name, tag.length > 0 ? tag.join(":") : DEFAULT_TAG);
    },
    describe: async (image) => imageText(await findImageInfo(context, image), new URL(url).host),
  });
}

/** `/api/images/<name>?tag=<tag>`: an `ImageInfo`. */
export async function answerImage(context: RequestContext): Promise<Response> {
  const { url } = context.request;
  const tag = new URL(url).searchParams.get("tag") ?? DEFAULT_TAG;
  const image = parseImage(context, pathOf(url).slice("/api/images/".length), tag);
  return Response.json(await findImageInfo(context, image), { headers: context.tiers.headers() });
}

/** Throws `NAME_INVALID`, `TAG_INVALID` or `MANIFEST_UNKNOWN`. */
function parseImage({ config }: RequestContext, name: string, tag: string): ImageRequest {
  return requestedImage(config, { name: parseImageName(name, config.maxPackages), tag: parseTag(tag) });
}
