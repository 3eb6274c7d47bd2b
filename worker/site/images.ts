import { parseImageName } from "../../protocol/image-name.ts";
import { DEFAULT_TAG, parseTag } from "../../protocol/tag.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { type RequestedImage, requestedImage, type RequestSettings } from "../requests/requested-image.ts";
import { answerView, type AssetSettings } from "./html.ts";
import { findImageInfo, type InfoSettings } from "./image-info.ts";
import { imageText } from "./image-text.ts";

/** A name and a tag as the client sent them. */
export interface NameAndTagText {
  readonly name: string;
  readonly tag: string;
}

/** Splits `<name>` or `<name>:<tag>`. */
export function splitReference(reference: string): NameAndTagText {
  const [name = "", ...tag] = reference.split(":");
  return { name, tag: tag.length > 0 ? tag.join(":") : DEFAULT_TAG };
}

/** `/images/<name>`, `/images/<name>:<tag>` */
export function showImage(
  context: RequestContext<RequestSettings & InfoSettings & AssetSettings>,
  sent: NameAndTagText,
): Promise<Response> {
  return answerView(context, {
    page: "/image",
    find: () => parseImage(context.config, sent),
    describe: async (image) => imageText(await findImageInfo(context, image), new URL(context.request.url).host),
  });
}

/** `/api/images/<name>?tag=<tag>`: an `ImageInfo`. */
export async function answerImage(
  context: RequestContext<RequestSettings & InfoSettings>,
  sent: NameAndTagText,
): Promise<Response> {
  const image = await parseImage(context.config, sent);
  return Response.json(await findImageInfo(context, image), { headers: context.tiers.headers() });
}

/** Throws `NAME_INVALID`, `TAG_INVALID` or `MANIFEST_UNKNOWN`. */
async function parseImage(config: RequestSettings, { name, tag }: NameAndTagText): Promise<RequestedImage> {
  return requestedImage(config, { name: parseImageName(name, config.maxPackages), tag: parseTag(tag) });
}
