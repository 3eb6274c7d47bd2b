import { type ImageRequest, parseImageRequest } from "../protocol/image-request.ts";
import { OciError } from "../protocol/oci-error.ts";
import type { Config } from "./environment.ts";
import { inBackground, type RequestContext } from "./request-context.ts";

/** One pull in ten is counted: enough to tell the popular from the rest, and a tenth of the cost. */
const SAMPLE_SHARE = 0.1;
/** There is one counter. */
const COUNTER_NAME = "pulls";

/** Counts an image that was served; those that were not, anybody can make up. */
export function countPull(context: RequestContext, image: ImageRequest): void {
  const { pulls, revalidateTop } = context.config;
  if (revalidateTop === 0 || Math.random() >= SAMPLE_SHARE) return;
  const counter = pulls.getByName(COUNTER_NAME);
  inBackground(context, "counting a pull", counter.add(JSON.stringify(image)));
}

/** The most pulled images that the settings still let through, most pulled first. */
export async function popularImages(config: Config): Promise<ImageRequest[]> {
  if (config.revalidateTop === 0) return [];
  const texts = await config.pulls.getByName(COUNTER_NAME).top(config.revalidateTop);
  return texts.flatMap((text) => servedImage(config, text));
}

/** None for an image of a package source, or with more packages, than the registry has now. */
function servedImage({ packageSource, maxPackages }: Config, text: string): ImageRequest[] {
  try {
    const image = parseImageRequest(JSON.parse(text), maxPackages);
    return image.source === packageSource ? [image] : [];
  } catch (error) {
    if (error instanceof OciError) return [];
    throw error;
  }
}
