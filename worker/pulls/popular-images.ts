import { type ImageRequest, parseImageRequest } from "../../protocol/image-request.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import type { ImageSettings } from "../requests/image-settings.ts";
import { inBackground, type RequestContext } from "../requests/request-context.ts";
import type { PullSettings } from "./pull-settings.ts";
import { PullTally } from "./pull-tally.ts";

/** There is one counter. */
const COUNTER_NAME = "pulls";

const tallyOf = perIsolate<PullSettings, PullTally>(() => new PullTally());

/** What an image's pulls are counted by. */
export function pullText(image: ImageRequest): string {
  return JSON.stringify(image);
}

/** Counts an image that was served; those that were not, anybody can make up. */
export function countPull(context: Pick<RequestContext<PullSettings>, "config" | "waitUntil">, text: string): void {
  const { config } = context;
  if (config.revalidateTop === 0) return;
  const report = tallyOf(config).add(text);
  if (report) inBackground(context, "counting pulls", config.pulls.getByName(COUNTER_NAME).add(report));
}

/** The most pulled images that the settings still let through, most pulled first. */
export async function popularImages(config: PullSettings & ImageSettings): Promise<ImageRequest[]> {
  if (config.revalidateTop === 0) return [];
  const texts = await config.pulls.getByName(COUNTER_NAME).top(config.revalidateTop);
  return texts.flatMap((text) => servedImage(config, text));
}

/** The same for people to see; the counts stay as they are. */
export async function listPopularImages(config: PullSettings & ImageSettings, limit: number): Promise<ImageRequest[]> {
  const texts = await config.pulls.getByName(COUNTER_NAME).list(limit);
  return texts.flatMap((text) => servedImage(config, text));
}

/** None for an image of a package source, or with more packages, than the registry has now. */
function servedImage({ packageSource, maxPackages }: ImageSettings, text: string): ImageRequest[] {
  try {
    const image = parseImageRequest(JSON.parse(text), maxPackages);
    return image.source === packageSource ? [image] : [];
  } catch (error) {
    if (error instanceof OciError) return [];
    throw error;
  }
}
