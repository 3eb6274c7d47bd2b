import { type ImageRequest, parseImageRequest } from "../../protocol/image-request.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import type { ImageSettings } from "../requests/image-settings.ts";
import { inBackground, type RequestContext } from "../requests/request-context.ts";
import type { PullSettings } from "./pull-settings.ts";
import { PullTally } from "./pull-tally.ts";

/** The name of the only counter. */
const COUNTER_NAME = "pulls";

const tallyOf = perIsolate<PullSettings, PullTally>(() => new PullTally());

/** The text by which the pulls of an image are counted. */
export function pullText(image: ImageRequest): string {
  return JSON.stringify(image);
}

/** Counts a pull. Call it only for a served image: anybody can make up other images. */
export function countPull(context: Pick<RequestContext<PullSettings>, "config" | "waitUntil">, text: string): void {
  const { config } = context;
  if (config.revalidateTop === 0) return;
  const report = tallyOf(config).add(text);
  if (report) inBackground(context, "counting pulls", config.pulls.getByName(COUNTER_NAME).add(report));
}

/** The most pulled images, most pulled first, for the cron trigger. Each call makes older pulls count less. */
export async function popularImages(config: PullSettings & ImageSettings): Promise<ImageRequest[]> {
  if (config.revalidateTop === 0) return [];
  const texts = await config.pulls.getByName(COUNTER_NAME).top(config.revalidateTop);
  return texts.flatMap((text) => servedImage(config, text));
}

/** Like `popularImages`, for people. The counts do not change. */
export async function listPopularImages(config: PullSettings & ImageSettings, limit: number): Promise<ImageRequest[]> {
  const texts = await config.pulls.getByName(COUNTER_NAME).list(limit);
  return texts.flatMap((text) => servedImage(config, text));
}

/** Empty if the image is of another package source, or has more packages than the settings allow now. */
function servedImage({ packageSource, maxPackages }: ImageSettings, text: string): ImageRequest[] {
  try {
    const image = parseImageRequest(JSON.parse(text), maxPackages);
    return image.source === packageSource ? [image] : [];
  } catch (error) {
    if (error instanceof OciError) return [];
    throw error;
  }
}
