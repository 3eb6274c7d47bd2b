import { type ImageRequest, parseImageRequest } from "../../protocol/image-request.ts";
import { OciError } from "../../protocol/oci-error.ts";
import type { Config } from "../settings.ts";
import { memoryOf } from "../memory/isolate-memory.ts";
import { inBackground, type RequestContext } from "../requests/request-context.ts";

/** There is one counter. */
const COUNTER_NAME = "pulls";

/** What an image's pulls are counted by. */
export function pullText(image: ImageRequest): string {
  return JSON.stringify(image);
}

/** Counts an image that was served; those that were not, anybody can make up. */
export function countPull(context: Pick<RequestContext, "config" | "waitUntil">, text: string): void {
  const { config } = context;
  if (config.revalidateTop === 0) return;
  const report = memoryOf(config).pulls.add(text);
  if (report) inBackground(context, "counting pulls", config.pulls.getByName(COUNTER_NAME).add(report));
}

/** The most pulled images that the settings still let through, most pulled first. */
export async function popularImages(config: Config): Promise<ImageRequest[]> {
  if (config.revalidateTop === 0) return [];
  const texts = await config.pulls.getByName(COUNTER_NAME).top(config.revalidateTop);
  return texts.flatMap((text) => servedImage(config, text));
}

/** The same for people to see; the counts stay as they are. */
export async function listPopularImages(config: Config, limit: number): Promise<ImageRequest[]> {
  const texts = await config.pulls.getByName(COUNTER_NAME).list(limit);
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
