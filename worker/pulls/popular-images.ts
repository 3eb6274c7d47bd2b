import { isListRequest, parsePullRequest, type PullRequest } from "../../protocol/image-request.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { hasLists, type ImageSettings } from "../requests/image-settings.ts";
import { inBackground, type RequestContext } from "../requests/request-context.ts";
import type { PullSettings } from "./pull-settings.ts";
import { PullTally } from "./pull-tally.ts";

/** The name of the only counter. */
const COUNTER_NAME = "pulls";

const tallyOf = perIsolate<PullSettings, PullTally>(() => new PullTally());

/** The text by which the pulls of an image or a list are counted. */
export function pullText(image: PullRequest): string {
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
export async function popularImages(config: PullSettings & ImageSettings): Promise<PullRequest[]> {
  if (config.revalidateTop === 0) return [];
  const texts = await config.pulls.getByName(COUNTER_NAME).top(config.revalidateTop);
  return texts.flatMap((text) => servedImage(config, text));
}

/** Like `popularImages`, for people. The counts do not change. */
export async function listPopularImages(config: PullSettings & ImageSettings, limit: number): Promise<PullRequest[]> {
  const texts = await config.pulls.getByName(COUNTER_NAME).list(limit);
  return texts.flatMap((text) => servedImage(config, text));
}

/** Empty if the settings have changed since: the package source, the most packages, or whether names stand for lists. */
function servedImage(config: ImageSettings, text: string): PullRequest[] {
  try {
    const image = parsePullRequest(JSON.parse(text), config.maxPackages);
    const isServed = image.source === config.packageSource && (hasLists(config) || !isListRequest(image));
    return isServed ? [image] : [];
  } catch (error) {
    if (error instanceof OciError) return [];
    throw error;
  }
}
